"""How often somebody may call what costs much. Counted in Valkey; with Valkey gone nothing is, and everything works."""

import logging
from datetime import timedelta

import redis

from accounts.services.limit_sign_in import valkey

logger = logging.getLogger(__name__)


def is_over_limit(name: str, *, who: str, most: int, within: timedelta) -> bool:
    """Counts one call of `name` by `who`; whether there were more than `most` `within` so long from the first on."""
    key = f"portal:calls:{name}:{who}"
    try:
        with valkey().pipeline(transaction=True) as pipeline:
            pipeline.set(key, 0, ex=within, nx=True)
            pipeline.incr(key)
            _is_first, count = pipeline.execute()
    except redis.RedisError as error:
        logger.warning("calls of %s are not counted: %s", name, type(error).__name__)
        return False
    return bool(count > most)
