"""A schedule that is kept here as people type it: its name and zone, its layers, and in each the people in order.

The page works without JavaScript: what adds, moves or removes something sends everything that was typed and gets it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms import time_zone_field
from accounts.models import Person
from shifts.enums import TurnUnit
from shifts.forms import new_key
from shifts.models import Layer, Schedule
from shifts.refusals import REASONS
from shifts.rotation import Rotation
from shifts.services.store_schedule import LONGEST_NAME, MOST_LAYERS, MOST_MEMBERS, Plan, problems_of

#: What a new layer says until somebody types otherwise.
USUAL_HANDOFF = time(9)
#: More than any number of a layer or place has.
MOST_DIGITS = 4


class Places(forms.TypedMultipleChoiceField):
    """People in order; somebody may stand there twice, and a place where nobody was chosen is none."""

    def to_python(self, value: Any) -> list[str]:
        return [each for each in super().to_python(value) if each]


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _clock(label: Any, **kwargs: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)


class NameForm(forms.Form):
    """What the schedule is called and whose clock it goes by. `version` is what the author saw, `key` makes a new one once."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=new_key, required=False)
    name = forms.CharField(
        label=pgettext_lazy("of a schedule", "Name"),
        max_length=LONGEST_NAME,
        error_messages={"required": REASONS["no_name"]},
    )
    time_zone = time_zone_field()
    has_off_hours = forms.BooleanField(
        label=_("Nobody is on call outside of the layers' hours, and that is meant so: warn only of gaps within them"),
        required=False,
    )

    def clean_key(self) -> str:
        return self.cleaned_data["key"] or new_key()


class LayerForm(forms.Form):
    """One layer. `known` are the people who can be put on call; `kept` those who stand there and no longer can."""

    name = forms.CharField(label=pgettext_lazy("of a layer", "Name"), max_length=LONGEST_NAME, required=False)
    turn_length = forms.IntegerField(label=_("A turn lasts"))
    turn_unit = forms.ChoiceField(label=pgettext_lazy("of a turn's length", "Unit"), choices=TurnUnit)
    handoff_at = _clock(_("Handoff at"))
    first_on = _day(_("First day"))
    until_on = _day(_("Ends on (at the handoff; may stay empty)"), required=False)
    only_from = _clock(_("Only from (may stay empty)"), required=False)
    only_to = _clock(_("Only to"), required=False)
    only_on = forms.TypedMultipleChoiceField(
        label=_("Only on"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people = Places(
        label=_("Who takes turns, in this order"),
        coerce=int,
        error_messages={"required": REASONS["no_members"], "invalid_choice": REASONS["unknown_person"]},
    )

    def __init__(self, *args: Any, known: Sequence[Person], kept: Sequence[Person] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closed = {each.pk: each.name for each in kept if each not in known}
        self.choices = [*((each.pk, each.name) for each in known), *self.closed.items()]
        self.fields["people"].choices = self.choices  # type: ignore[attr-defined]

    @property
    def places(self) -> list[str]:
        """Who was chosen for each place, as the page shows it; at least one to choose in."""
        return [str(each) for each in self["people"].value() or [""]]

    @property
    def is_full(self) -> bool:
        return len(self.places) >= MOST_MEMBERS

    def clean_people(self) -> list[int]:
        people: list[int] = self.cleaned_data["people"]
        for person in people:
            if person in self.closed:
                raise forms.ValidationError(str(REASONS["inactive_person"]) % {"name": self.closed[person]})
        return people

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for part, reason in problems_of(self.rotation()):
                self.add_error(part, str(REASONS[reason]))
        return cleaned

    def rotation(self) -> Rotation:
        """The layer of a valid form."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "name"}
        return Rotation(**data | {"turn_unit": TurnUnit(data["turn_unit"]), "only_on": tuple(data["only_on"])})


#: A layer as it was typed, whether it makes sense or not.
type Typed = dict[str, Any]


@dataclass
class Draft:
    """The whole form: the schedule's own part and its layers, the lowest first."""

    own: NameForm
    layers: list[LayerForm]

    @property
    def is_full(self) -> bool:
        return len(self.layers) >= MOST_LAYERS

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in (self.own, *self.layers))

    def is_valid(self) -> bool:
        return not self.has_errors and self.own.is_bound

    def plan(self) -> Plan:
        """The plan of a valid form."""
        data = self.own.cleaned_data
        layers = [(form.cleaned_data["name"], form.rotation()) for form in self.layers]
        return Plan(data["name"], data["time_zone"], layers, data["has_off_hours"])


def blank_layer(today: date) -> Typed:
    return {"turn_length": 1, "turn_unit": TurnUnit.WEEK.value, "handoff_at": USUAL_HANDOFF, "first_on": today}


def unsent(own: Mapping[str, Any], layers: Sequence[Typed], **people: Sequence[Person]) -> Draft:
    """A form that nobody complains about yet."""
    forms_of_layers = [
        LayerForm(initial=each, prefix=f"layer-{number}", **people) for number, each in enumerate(layers)
    ]
    return Draft(NameForm(initial=dict(own)), forms_of_layers)


def stored(schedule: Schedule, layers: Sequence[Layer], **people: Sequence[Person]) -> Draft:
    """The form of a schedule as it is."""
    own = {name: getattr(schedule, name) for name in ("version", "name", "time_zone", "has_off_hours")}
    parts = (
        "name",
        "turn_length",
        "turn_unit",
        "handoff_at",
        "first_on",
        "until_on",
        "only_from",
        "only_to",
        "only_on",
    )
    typed = [{name: getattr(layer, name) for name in parts} | {"people": layer.rotation.people} for layer in layers]
    return unsent(own, typed, **people)


def sent(data: QueryDict, **people: Sequence[Person]) -> Draft:
    """What was sent, with what is wrong with it."""
    layers = [LayerForm(data, prefix=f"layer-{number}", **people) for number in range(_count(data))]
    return Draft(NameForm(data), layers)


def rearranged(data: QueryDict, act: str, today: date, **people: Sequence[Person]) -> Draft:
    """What was sent, after a layer or a place was added, moved or removed. What makes no sense changes nothing."""
    typed = [_typed(data, number) for number in range(_count(data))]
    verb, *numbers = act.split(":")
    places = [int(each) for each in numbers if each.isdecimal() and each.isascii() and len(each) < MOST_DIGITS]
    match verb, places:
        case "add_layer", [] if len(typed) < MOST_LAYERS:
            typed.append(blank_layer(today))
        case (("raise_layer" | "remove_layer"), [number]):
            _rearrange(typed, verb, number)
        case "add_place", [number] if number < len(typed) and len(typed[number]["people"]) < MOST_MEMBERS:
            typed[number]["people"].append("")
        case (("raise_place" | "remove_place"), [number, place]) if number < len(typed):
            _rearrange(typed[number]["people"], verb, place)
    return unsent({name: data.get(name, "") for name in NameForm.base_fields}, typed, **people)


def _rearrange(rows: list[Any], verb: str, number: int) -> None:
    if number >= len(rows):
        return
    if verb.startswith("remove"):
        del rows[number]
    elif number > 0:
        rows[number - 1], rows[number] = rows[number], rows[number - 1]


def _count(data: QueryDict) -> int:
    """How many layers were sent; one more than there may be is enough to be refused."""
    text = data.get("layers", "")
    return min(int(text), MOST_LAYERS + 1) if text.isdecimal() and text.isascii() and len(text) < MOST_DIGITS else 0


def _typed(data: QueryDict, number: int) -> Typed:
    several = ("people", "only_on")
    one = {name: data.get(f"layer-{number}-{name}", "") for name in LayerForm.base_fields if name not in several}
    more = {name: data.getlist(f"layer-{number}-{name}") for name in several}
    # The page shows a place to choose in even where there is none.
    return one | more | {"people": more["people"][: MOST_MEMBERS + 1] or [""]}
