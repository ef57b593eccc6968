"""The form of a schedule that is kept here: it loses nothing that was typed, and stores nothing by halves."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import Person
from shifts.models import LayerMember, Schedule, Shift
from tests.cast import Cast
from tests.shifts.making import DAY
from tests.shifts.schedules.sending import NEW, form, layer, make, values

pytestmark = pytest.mark.django_db


def test_it_is_made_with_two_layers(manager: Client, people: list[Person]) -> None:
    first, second, third = (person.pk for person in people)
    nights = layer(1, third, turn_unit="day", only_from="22:00", only_to="06:00", only_on=["0", "4"], name="Nights")
    answer = manager.post(NEW, form(layer(0, second, first, second), nights), follow=True)
    page = answer.content.decode()
    assert "Stored; the calendar shows it." in page
    schedule = Schedule.objects.get()
    assert [each.person_id for each in LayerMember.objects.filter(layer__position=0)] == [second, first, second]
    assert schedule.layers.get(position=1).only_on == [0, 4]
    assert Shift.objects.filter(schedule=schedule, withdrawn_at=None, person=people[1]).exists()
    assert "only 22:00–06:00" in page
    assert "Monday, Friday" in page


def test_a_double_click_makes_one(manager: Client, people: list[Person]) -> None:
    page = manager.get(NEW).content.decode()
    (key,) = values(page, "key")
    sent = form(layer(0, people[0].pk), key=key)
    first, second = manager.post(NEW, sent), manager.post(NEW, sent)
    assert first["Location"] == second["Location"]
    assert Schedule.objects.count() == 1


def test_the_preview_stores_nothing(manager: Client, people: list[Person]) -> None:
    first_on = (database_now() + 2 * DAY).date().isoformat()
    answer = manager.post(NEW, form(layer(0, people[0].pk, people[1].pk, first_on=first_on), do="preview"))
    page = answer.content.decode()
    turns = re.findall(r"<li><(?:span|b) class=\"(?:person|nobody).*?>(?:<svg.*?</svg>)?([\w -]+)<", page, re.DOTALL)
    assert turns[:4] == ["nobody", "Lin Yu-ting", "Kenji Sato", "Lin Yu-ting"]
    assert values(page, "layer-0-people") == [str(people[0].pk), str(people[1].pk)]
    assert not Schedule.objects.exists()


BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"name": " "}, {}, "It has no name."),
    ({"time_zone": "Mars/Olympus"}, {}, "zone"),
    ({}, {"turn_length": "0"}, "A turn lasts from one day"),
    ({}, {"turn_length": "367"}, "A turn lasts from one day"),
    ({}, {"turn_length": "9" * 5000}, "Enter a whole number."),
    ({}, {"turn_length": "often"}, "Enter a whole number."),
    ({}, {"turn_unit": "moon"}, "Select a valid choice"),
    ({}, {"handoff_at": "25:00"}, "Enter a valid time."),
    ({}, {"first_on": "2026-02-30"}, "Enter a valid date."),
    ({}, {"first_on": "0001-01-01"}, "Choose a day from 2000 to 2099."),
    ({}, {"first_on": "9999-12-31"}, "Choose a day from 2000 to 2099."),
    ({}, {"until_on": "2020-01-01"}, "It ends before it begins."),
    ({}, {"only_from": "22:00"}, "give both or neither"),
    ({}, {"only_to": "22:00"}, "give both or neither"),
    ({}, {"only_on": ["7"]}, "Select a valid choice"),
    ({}, {"people": []}, "A layer has one to fifty places"),
    ({}, {"people": ["", ""]}, "A layer has one to fifty places"),
    ({}, {"people": ["999999"]}, "Nobody here or in PagerDuty is known by that name"),
    ({}, {"people": ["<script>"]}, "Nobody here or in PagerDuty is known by that name"),
]


@pytest.mark.parametrize(("own", "other", "words"), BAD)
def test_what_cannot_be_kept_is_said_beside_it_and_nothing_is_lost(
    own: dict[str, Any], other: dict[str, Any], words: str, manager: Client, people: list[Person]
) -> None:
    typed = form(layer(0, people[0].pk, **other), layer(1, people[1].pk, name="Second"), **own)
    answer = manager.post(NEW, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert not Schedule.objects.exists()
    for name, value in typed.items():
        if name.endswith(("name", "_length", "_at", "_on", "_from", "_to")) and isinstance(value, str):
            assert values(page, name) == [value], name
    assert values(page, "layer-1-people") == [str(people[1].pk)]


def test_more_than_there_may_be(manager: Client, people: list[Person]) -> None:
    first = people[0].pk
    answer = manager.post(NEW, form(layer(0, *[first] * 51)))
    assert (answer.status_code, "one to fifty places" in answer.content.decode()) == (422, True)
    for layers in ([], [layer(number, first) for number in range(12)]):
        answer = manager.post(NEW, form(*layers))
        assert (answer.status_code, "one to ten layers" in answer.content.decode()) == (422, True)
    for count in ("-1", "x", "9" * 30, "٣"):
        assert manager.post(NEW, form(layer(0, first)) | {"layers": count}).status_code == 422
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("act", "names", "places"),
    [
        ("add_layer", ["A", "B", ""], [["1", "", "3"], ["2"], [""]]),
        ("remove_layer:0", ["B"], [["2"]]),
        ("raise_layer:1", ["B", "A"], [["2"], ["1", "", "3"]]),
        ("raise_layer:0", ["A", "B"], [["1", "", "3"], ["2"]]),
        ("add_place:1", ["A", "B"], [["1", "", "3"], ["2", ""]]),
        ("remove_place:0:1", ["A", "B"], [["1", "3"], ["2"]]),
        ("raise_place:0:2", ["A", "B"], [["1", "3", ""], ["2"]]),
        ("raise_place:0:0", ["A", "B"], [["1", "", "3"], ["2"]]),
        ("remove_place:1:0", ["A", "B"], [["1", "", "3"], [""]]),
        *((act, ["A", "B"], [["1", "", "3"], ["2"]]) for act in ("remove_layer:7", "raise_place:9:9", "add_place:-1")),
        *((act, ["A", "B"], [["1", "", "3"], ["2"]]) for act in ("dance", "remove_layer", "raise_place:0:99999999")),
    ],
)
def test_the_form_is_rearranged_on_the_way(
    act: str, names: list[str], places: list[list[str]], manager: Client, people: list[Person]
) -> None:
    keys = {"": "", **{str(number): str(person.pk) for number, person in enumerate(people, start=1)}}
    odd = {"first_on": "never", "turn_length": "x", "only_on": ["5"]}
    layers = layer(0, keys["1"], "", keys["3"], **odd | {"name": "A"}), layer(1, keys["2"], **odd | {"name": "B"})
    answer = manager.post(NEW, form(*layers, do=act, name="<b>", time_zone="Mars"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert (values(page, "name"), values(page, "time_zone")) == (["&lt;b&gt;"], ["Mars"])
    assert values(page, "layers") == [str(len(names))]
    for number, name in enumerate(names):
        assert values(page, f"layer-{number}-name") == [name]
        assert values(page, f"layer-{number}-people") == [keys[place] for place in places[number]]
        if name:
            assert values(page, f"layer-{number}-first_on") == ["never"]
            assert re.search(rf'name="layer-{number}-only_on" value="5"[^>]* checked', page)
    assert "field-error" not in page, "nobody complains of what is not finished"
    assert not Schedule.objects.exists()


def test_an_edit_begins_with_what_is_stored(manager: Client, people: list[Person]) -> None:
    first, second, _third = (person.pk for person in people)
    schedule = make(manager, layer(0, first, second, only_from="08:00", only_to="20:00", only_on=["1"]))
    address = f"/shifts/schedules/{schedule.pk}/edit/"
    page = manager.get(address).content.decode()
    assert values(page, "layer-0-people") == [str(first), str(second)]
    assert values(page, "layer-0-only_from") == ["08:00"]
    assert values(page, "version") == ["1"]
    answer = manager.post(address, form(layer(0, second), name="Renamed", version="1"))
    assert answer.headers["Location"] == f"/shifts/schedules/{schedule.pk}/"
    schedule.refresh_from_db()
    assert (schedule.name, schedule.version) == ("Renamed", 2)


def test_two_who_edit_at_once_see_both(manager: Client, people: list[Person]) -> None:
    first, second, third = (person.pk for person in people)
    schedule = make(manager, layer(0, first))
    address = f"/shifts/schedules/{schedule.pk}/edit/"
    manager.post(address, form(layer(0, second, name="Theirs"), version="1"))
    answer = manager.post(address, form(layer(0, third, name="Mine"), name="Mine too", version="1"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nothing was overwritten." in page
    assert "<b>Theirs</b>" in page
    assert (values(page, "name"), values(page, "layer-0-name")) == (["Mine too"], ["Mine"])
    assert schedule.layers.get().name == "Theirs"
    assert values(page, "version") == ["2"], "saving again stores it"
    assert manager.post(address, form(layer(0, third), version=values(page, "version")[0])).status_code == 302


def test_whose_account_was_closed_is_shown_and_refused(manager: Client, people: list[Person], cast: Cast) -> None:
    schedule = make(manager, layer(0, people[1].pk))
    cast.teammate.is_active = False
    cast.teammate.save()
    address = f"/shifts/schedules/{schedule.pk}/edit/"
    page = manager.get(address).content.decode()
    assert values(page, "layer-0-people") == [str(people[1].pk)]
    answer = manager.post(address, form(layer(0, people[1].pk), version="1"))
    assert answer.status_code == 422
    assert "Kenji Sato cannot sign in any more" in answer.content.decode()


@pytest.mark.parametrize("count", [1, 10])
def test_what_the_form_costs(
    count: int, manager: Client, people: list[Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cache.clear()
    schedule = make(manager, *[layer(number, *[people[0].pk] * count) for number in range(count)])
    # Session, user, the schedule, now, layers, places, their people, accounts, people; the data's age, the frame.
    # Two for the readiness of who is on call, which is then known for ten seconds.
    with django_assert_num_queries(13):
        manager.get(f"/shifts/schedules/{schedule.pk}/edit/")
    # Session, user, the schedule, now, running, next, gaps, shifts, overrides, targets, three for layers; the two.
    with django_assert_num_queries(15):
        manager.get(f"/shifts/schedules/{schedule.pk}/")


def test_the_sent_form_is_read_whatever_it_holds(manager: Client) -> None:
    data = QueryDict("do=add_layer&layers=2&layer-0-people=1&layer-0-people=%00&layer-5-name=x&name=%00")
    assert manager.post(NEW, data.urlencode(), content_type="application/x-www-form-urlencoded").status_code == 200
