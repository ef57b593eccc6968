"""The form of a schedule as a browser sends it, and what its page holds."""

import re
from typing import Any

from django.test import Client

from accounts.database_time import database_now
from shifts.models import Schedule
from tests.shifts.making import DAY

NEW = "/shifts/schedules/new/"


def layer(number: int, *people: object, **other: Any) -> dict[str, Any]:
    """A weekly layer as a browser sends it."""
    first_on = (database_now() - 3 * DAY).date().isoformat()
    usual = {"name": "Weekly", "turn_length": "1", "turn_unit": "week", "handoff_at": "09:00", "first_on": first_on}
    typed = usual | {"until_on": "", "only_from": "", "only_to": "", "people": [str(each) for each in people]} | other
    return {f"layer-{number}-{name}": value for name, value in typed.items()}


def form(*layers: dict[str, Any], do: str = "save", **own: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "Office", "time_zone": "Asia/Taipei", "layers": len(layers), "do": do} | own
    for each in layers:
        data |= each
    return data


def values(page: str, name: str) -> list[str]:
    """What a field of the page holds; a select's chosen option."""
    inputs = [tag for tag in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in tag]
    selects = re.findall(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    found = [match.group(1) if (match := re.search(r'value="([^"]*)"', tag)) else "" for tag in inputs]
    return found + [
        re.findall(r'value="(\d*)"(?: selected)', each)[0] if " selected" in each else "" for each in selects
    ]


def make(client: Client, *layers: dict[str, Any]) -> Schedule:
    assert client.post(NEW, form(*layers)).status_code == 302
    return Schedule.objects.get()
