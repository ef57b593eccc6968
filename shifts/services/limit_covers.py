"""How often cover of one shift may be asked for: each request tells everybody who might take it."""

from datetime import datetime, timedelta

from shifts.models import CoverRequest, Shift
from shifts.refusals import CannotChange

MOST_REQUESTS, WITHIN = 5, timedelta(hours=1)


def raise_if_asked_often(shift: Shift, now: datetime) -> None:
    """Raises CannotChange. The caller has locked the shift; what was withdrawn counts, since people were told of it."""
    if CoverRequest.objects.filter(shift=shift, requested_at__gt=now - WITHIN).count() >= MOST_REQUESTS:
        raise CannotChange("asked_often")
