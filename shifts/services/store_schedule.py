"""Schedules that are kept here: made, edited, closed. What is over stays as it was, and so does when the running turn began."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.database_time import database_now
from accounts.models import Person, User, validate_time_zone
from accounts.services.record_act import record_act
from integrations.text import clean_text
from shifts.enums import ScheduleSource
from shifts.models import Layer, LayerMember, Schedule
from shifts.refusals import CannotChange
from shifts.rotation import Rotation
from shifts.services.render_schedule import render_schedule

LONGEST_NAME = 255
MOST_LAYERS, MOST_MEMBERS, LONGEST_TURN = 10, 50, 366
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class Plan:
    """What a schedule shall be: its name, its zone, its layers with their names, the lowest first.

    With `has_off_hours` times outside of the layers' hours are meant so, and nobody is warned of them.
    """

    name: str
    time_zone: str
    layers: Sequence[tuple[str, Rotation]]
    has_off_hours: bool = False


@transaction.atomic
def create_schedule(*, actor: User, key: str, plan: Plan) -> Schedule:
    """A new schedule with its shifts; the same `key` again gives the same one.

    Raises CannotChange (no_name, bad_zone, no_layer, …).
    """
    checked = _checked(plan)
    schedule, is_new = Schedule.objects.get_or_create(
        idempotency_key=f"{actor.pk}:{key}",
        defaults={
            "source": ScheduleSource.PORTAL,
            "name": checked.name,
            "time_zone": checked.time_zone,
            "has_off_hours": checked.has_off_hours,
        },
    )
    if not is_new:
        return schedule
    _store_layers(schedule, checked)
    render_schedule(schedule_id=schedule.pk)
    record_act(actor=actor, verb="create_schedule", target=f"schedule:{schedule.pk}", data=_told(checked))
    return schedule


@transaction.atomic
def edit_schedule(*, actor: User, schedule_id: int, expected_version: int, plan: Plan) -> Schedule:
    """Changes who takes turns from now on. Raises CannotChange (…, edited_meanwhile), Schedule.DoesNotExist."""
    checked = _checked(plan)
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id, source=ScheduleSource.PORTAL)
    if schedule.gone_at is not None:
        raise CannotChange("schedule_gone")
    if schedule.version != expected_version:
        raise CannotChange("edited_meanwhile")
    # What was until now is settled by the plan that held until now.
    render_schedule(schedule_id=schedule.pk)
    schedule.refresh_from_db()
    schedule.name, schedule.time_zone, schedule.version = checked.name, checked.time_zone, schedule.version + 1
    schedule.has_off_hours = checked.has_off_hours
    schedule.save(update_fields=["name", "time_zone", "has_off_hours", "version"])
    schedule.layers.all().delete()
    _store_layers(schedule, checked)
    render_schedule(schedule_id=schedule.pk)
    record_act(actor=actor, verb="edit_schedule", target=f"schedule:{schedule.pk}", data=_told(checked))
    return schedule


@transaction.atomic
def close_schedule(*, actor: User, schedule_id: int) -> Schedule:
    """Ends a schedule now; closing twice is closing once. Raises Schedule.DoesNotExist."""
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id, source=ScheduleSource.PORTAL)
    if schedule.gone_at is not None:
        return schedule
    render_schedule(schedule_id=schedule.pk)
    schedule.refresh_from_db()
    schedule.gone_at = database_now()
    schedule.save(update_fields=["gone_at"])
    render_schedule(schedule_id=schedule.pk)
    record_act(actor=actor, verb="close_schedule", target=f"schedule:{schedule.pk}")
    return schedule


def problems_of(rotation: Rotation) -> Iterator[tuple[str, str]]:
    """Why a layer cannot be kept: which part of it, and a reason of `refusals`."""
    if not 1 <= len(rotation.people) <= MOST_MEMBERS:
        yield "people", "no_members"
    if not 1 <= rotation.turn_length <= LONGEST_TURN:
        yield "turn_length", "bad_turn"
    for part, day in (("first_on", rotation.first_on), ("until_on", rotation.until_on)):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield part, "bad_day"
    if rotation.until_on is not None and rotation.until_on <= rotation.first_on:
        yield "until_on", "ends_before"
    if (rotation.only_from is None) != (rotation.only_to is None):
        yield "only_to", "half_a_part"


def _checked(plan: Plan) -> Plan:
    name = clean_text(plan.name, limit=LONGEST_NAME)
    if not name:
        raise CannotChange("no_name")
    try:
        validate_time_zone(plan.time_zone)
    except ValidationError:
        raise CannotChange("bad_zone") from None
    if not 1 <= len(plan.layers) <= MOST_LAYERS:
        raise CannotChange("no_layer")
    people = {person for _name, rotation in plan.layers for person in rotation.people}
    if Person.objects.filter(pk__in=people).count() != len(people):
        raise CannotChange("unknown_person")
    for _name, rotation in plan.layers:
        for _part, reason in problems_of(rotation):
            raise CannotChange(reason)
    layers = [(clean_text(each, limit=LONGEST_NAME), rotation) for each, rotation in plan.layers]
    return Plan(name, plan.time_zone, layers, plan.has_off_hours)


def _store_layers(schedule: Schedule, plan: Plan) -> None:
    for position, (name, rotation) in enumerate(plan.layers):
        layer = Layer.objects.create(
            schedule=schedule,
            position=position,
            name=name,
            turn_unit=rotation.turn_unit,
            turn_length=rotation.turn_length,
            handoff_at=rotation.handoff_at,
            first_on=rotation.first_on,
            until_on=rotation.until_on,
            only_from=rotation.only_from,
            only_to=rotation.only_to,
            only_on=list(rotation.only_on),
        )
        LayerMember.objects.bulk_create(
            LayerMember(layer=layer, person_id=person, position=place) for place, person in enumerate(rotation.people)
        )


def _told(plan: Plan) -> dict[str, object]:
    """The whole plan: an edit deletes the layers that were before, so that its record alone knows them."""
    return {
        "name": plan.name,
        "zone": plan.time_zone,
        "off_hours": plan.has_off_hours,
        "layers": [
            {"name": name} | {part: _plain(value) for part, value in vars(rotation).items()}
            for name, rotation in plan.layers
        ],
    }


def _plain(value: object) -> object:
    """A part of a layer as JSON has it."""
    return value.isoformat() if isinstance(value, (date, time)) else value
