"""The mirror of PagerDuty's people and on-calls.

A day ahead is enough: every reader asks who is on call at its own instant, and what lies further ahead is the shifts' to say; so
the handoffs of a day on which PagerDuty cannot be asked are known.
"""

from datetime import timedelta

from django.db import transaction

from accounts.database_time import database_now
from accounts.services.note_people import note_people
from integrations.pagerduty.client import PagerDuty
from integrations.types import OnCall as VendorOnCall
from integrations.types import Reference
from shifts.models import OnCall

AHEAD = timedelta(hours=24)


def mirror_on_call(*, pagerduty: PagerDuty) -> int:
    """Reads who is on call from now until a day ahead and replaces the mirror. Returns the number of rows.

    Raises Unavailable or Refused; the mirror then stays as it was.
    """
    now = database_now()
    users = list(pagerduty.users())
    rows = list(pagerduty.on_calls(since=now, until=now + AHEAD))
    return _replace(rows, [*users, *(row.person for row in rows)])


@transaction.atomic
def _replace(rows: list[VendorOnCall], users: list[Reference]) -> int:
    people = note_people(users)
    OnCall.objects.all().delete()
    created = OnCall.objects.bulk_create(
        OnCall(
            person=people[row.person.id],
            policy_id=row.policy.id,
            policy_name=row.policy.name,
            level=row.level,
            schedule_id=row.schedule.id if row.schedule else "",
            schedule_name=row.schedule.name if row.schedule else "",
            start_at=row.start,
            end_at=row.end,
        )
        for row in rows
    )
    return len(created)
