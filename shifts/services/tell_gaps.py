"""Telling the managers of every gap ahead, once each."""

from datetime import datetime

from django.db import transaction

from accounts.services.note_people import managing_people
from shifts.enums import NoticeKind
from shifts.gaps import gaps_ahead
from shifts.models import Notice
from shifts.services.tell_person import tell_person


@transaction.atomic
def tell_gaps(*, now: datetime) -> int:
    """Tells every manager of the gaps that they were not told of. A gap is known by its schedule and its beginning.

    Returns how many notices were written.
    """
    gaps = {f"{each.schedule_id}:{each.start.isoformat()}": each for each in gaps_ahead(now)}
    if not gaps:
        return 0
    known = set(Notice.objects.filter(kind=NoticeKind.GAP, key__in=gaps).values_list("person_id", "key"))
    told = 0
    for person in managing_people():
        for key, gap in gaps.items():
            if (person.pk, key) not in known:
                notice = tell_person(
                    person=person,
                    kind=NoticeKind.GAP,
                    key=key,
                    schedule=gap.schedule_name,
                    start=gap.start.isoformat(),
                    end=gap.end.isoformat(),
                )
                told += notice is not None
    return told
