"""Knowing test pages again where incidents come in."""

from django.db.models import Q

from shifts.models import PagingTest
from shifts.preflight.titles import key_in


def is_test_page(title: str, *, incident_id: str) -> bool:
    """Whether this incident of PagerDuty's is a page that somebody sent to themself before a shift.

    The row is there before PagerDuty hears of it, so that its webhook cannot come too early: until PagerDuty's answer is here any
    incident of the title is the page, afterwards that one alone, since everybody there may read the title and use it again.
    No query for any other title.
    """
    key = key_in(title)
    if key is None:
        return False
    is_it = Q(incident_id=incident_id) | Q(incident_id="", finished_at=None)
    return PagingTest.objects.filter(is_it, key=key).exists()
