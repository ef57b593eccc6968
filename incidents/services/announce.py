"""Telling the web processes that something changed: ids and versions only, and only after the commit."""

import json
import logging
from functools import cache

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from incidents.models import Incident

logger = logging.getLogger(__name__)

#: The channel all web processes listen on.
CHANNEL = "portal:live"


@cache
def _valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def bump_version(incident: Incident) -> None:
    """Raises the incident's version and announces it on commit. Call it once, at the end of a transaction that changed it."""
    Incident.objects.filter(pk=incident.pk).update(version=F("version") + 1, changed_at=Now())
    incident.refresh_from_db(fields=["version", "changed_at"])
    announce_on_commit({incident.pk: incident.version})


def announce_on_commit(versions: dict[int, int]) -> None:
    """Publishes `{incident number: version}` once the transaction is committed."""
    transaction.on_commit(lambda: publish(versions), robust=True)


def publish(versions: dict[int, int]) -> None:
    """Publishes at once. With Valkey gone it is only logged: a page finds what it missed when it reconnects."""
    try:
        _valkey().publish(CHANNEL, json.dumps({"incidents": versions}))
    except redis.RedisError as error:
        logger.warning("changes of %d incidents not announced: %s", len(versions), error)


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
