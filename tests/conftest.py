"""Fixtures every test may use. What must exist before Django's settings load is in tests/services.py."""

import os

import pytest
import redis


@pytest.fixture
def valkey() -> "redis.Redis":
    """This worker's Valkey database, empty."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.flushdb()
    return client
