"""How often an address may call what needs no sign-in. Counted in Valkey; with Valkey gone nothing is, and everything works."""

import logging
from datetime import timedelta

import redis

from accounts.services.limit_sign_in import network_of, valkey

logger = logging.getLogger(__name__)


def is_over_limit(name: str, *, address: str, most: int, within: timedelta) -> bool:
    """Counts one call of `name` from an address; whether there were more than `most` `within` so long from the first on."""
    key = f"portal:calls:{name}:{network_of(address)}"
    try:
        with valkey().pipeline(transaction=True) as pipeline:
            pipeline.set(key, 0, ex=within, nx=True)
            pipeline.incr(key)
            _is_first, count = pipeline.execute()
    except redis.RedisError as error:
        logger.warning("calls of %s are not counted: %s", name, type(error).__name__)
        return False
    return bool(count > most)
