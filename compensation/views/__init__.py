"""The pages of pay. Each act calls one service."""

from datetime import date

from django.http import Http404

from incidents.attainment import Month


def first_of(month: str) -> date:
    """The first day of a month as an address names it, «2026-11». Raises Http404 for anything else."""
    found = Month.parse(month)
    if found is None:
        raise Http404
    return date(found.year, found.number, 1)
