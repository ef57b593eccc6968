"""The channel on which processes tell each other that something changed, and turns that only one of them takes."""

import json
import logging
from collections.abc import Mapping
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

#: The channel all web processes listen on.
CHANNEL = "portal:live"


@cache
def _valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def publish(message: Mapping[str, object]) -> None:
    """Publishes at once. With Valkey gone it is only logged: a page finds what it missed when it reconnects."""
    try:
        _valkey().publish(CHANNEL, json.dumps(message))
    except redis.RedisError as error:
        logger.warning("not announced: %s: %s", ", ".join(message), error)


def take_turn(name: str, *, seconds: float) -> bool:
    """Whether the caller is the first to ask for `name` within `seconds`. With Valkey gone everybody is."""
    try:
        return bool(_valkey().set(f"portal:turn:{name}", "1", nx=True, px=int(seconds * 1000)))
    except redis.RedisError:
        return True


def give_turn_back(name: str) -> None:
    """Lets the next caller of `take_turn` through at once."""
    try:
        _valkey().delete(f"portal:turn:{name}")
    except redis.RedisError as error:
        logger.warning("turn %s not given back: %s", name, error)
