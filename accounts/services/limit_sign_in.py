"""How often somebody may try to sign in: failures are counted in Valkey for an account and an address together.

Together, so that a stranger who guesses does not shut the owner out, who sits elsewhere; and counted before the password
is looked at, so that many guesses in the same instant do not pass. With Valkey gone nothing is counted and sign-in works.
"""

import hashlib
import ipaddress
import logging
import unicodedata
from datetime import timedelta
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
#: From the first attempt; those that are refused do not make it longer.
WINDOW = timedelta(minutes=5)


@cache
def valkey() -> redis.Redis:
    """The client that counts."""
    # Without the library's retries, which would hold the form for seconds.
    retry = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=retry)


def count_attempt(*, username: str, address: str) -> timedelta | None:
    """Counts one attempt. Returns how long to wait where there were too many, None where this one may go on."""
    key = _key(username, address)
    try:
        with valkey().pipeline(transaction=True) as pipeline:
            pipeline.set(key, 0, ex=WINDOW, nx=True)
            pipeline.incr(key)
            pipeline.pttl(key)
            _is_first, count, left = pipeline.execute()
    except redis.RedisError as error:
        logger.warning("attempts to sign in are not counted: %s", type(error).__name__)
        return None
    if count <= MOST_ATTEMPTS:
        return None
    if count == MOST_ATTEMPTS + 1:
        logger.warning("too many attempts to sign in to one account from %s", address)
    return timedelta(milliseconds=max(left, 1))


def forget_attempts(*, username: str, address: str) -> None:
    """Begins to count anew: the person has signed in."""
    try:
        valkey().delete(_key(username, address))
    except redis.RedisError as error:
        logger.warning("attempts to sign in are not forgotten: %s", type(error).__name__)


def _key(username: str, address: str) -> str:
    # Hashed, since people type passwords into the wrong field; normalised as the sign-in form does it.
    account = hashlib.sha256(unicodedata.normalize("NFKC", username).strip().encode("utf-8", "replace")).hexdigest()
    return f"portal:sign-in:{account}:{network_of(address)}"


def network_of(address: str) -> str:
    """The address; of an IPv6 address the part that its owner cannot change at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
