"""How many looks of the server one person may ask for: they share a queue with the evidence of incidents, and PagerDuty's limit."""

from datetime import timedelta

from accounts.models import User
from accounts.services.limit_calls import is_over_limit

MOST_LOOKS, WITHIN = 10, timedelta(minutes=1)


def may_ask_for_look(*, actor: User) -> bool:
    """Counts one look that somebody asks for, at whichever preflight; whether they may still ask for it."""
    return not is_over_limit("looks", who=f"user:{actor.pk}", most=MOST_LOOKS, within=WITHIN)
