"""The policy as people type it, and back."""

from collections.abc import Iterator
from datetime import date, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.text import format_lazy
from django.utils.translation import get_language, pgettext_lazy, to_locale
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_time_zone
from incidents.calendars import BusinessCalendar
from incidents.enums import ClockKind, PolicyProblem, Severity
from incidents.models import OwnDay, PolicyVersion
from incidents.policy import SlaPolicy, SlaTarget, problems, problems_of
from incidents.services.store_policy import LONGEST_NOTE, MOST_OWN_DAYS

UNITS = [("60", _("minutes")), ("3600", _("hours")), ("86400", _("days"))]
CLOCKS = ("respond", "acknowledge", "escalate")
#: Of the acknowledge clock alone: it has no length, but an end.
NEXT_BUSINESS_DAY = "next"
#: Days of one's own that a page without JavaScript can add at once.
SPARE_ROWS = 3
#: More digits than any length that may be stored.
LARGEST_NUMBER = 999_999


def countries() -> list[tuple[str, str]]:
    """Every country whose holidays are known, by its name in the active language."""
    codes = (code for code in holidays.list_supported_countries() if len(code) == 2)
    return [
        ("", str(_("No public holidays"))),
        *sorted(((code, country_name(code)) for code in codes), key=itemgetter(1)),
    ]


def country_name(code: str) -> str:
    """A country's name in the active language; "" for none."""
    names = Locale.parse(to_locale(get_language() or "en")).territories
    return str(names.get(code, code))


class OwnDayForm(forms.Form):
    """One of the team's own days; an empty row is none."""

    day = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    is_open = forms.TypedChoiceField(
        label=_("Kind"),
        choices=[("", _("Day off")), ("1", _("Working day"))],
        coerce=bool,
        required=False,
    )
    name = forms.CharField(label=pgettext_lazy("of a day off", "Name"), required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("name") and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("Which day? Choose a date, or empty the row."))
        return cleaned


OwnDays = forms.formset_factory(
    OwnDayForm, extra=SPARE_ROWS, max_num=MOST_OWN_DAYS, validate_max=True, absolute_max=MOST_OWN_DAYS + 50
)


class PolicyForm(forms.Form):
    """Every field of a policy; the lengths of a clock are `P0_respond` and `P0_respond_unit`."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    at_risk_percent = forms.IntegerField(label=_("At risk after"), min_value=1, max_value=99)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        validators=[validate_time_zone],
        widget=forms.TextInput(attrs={"list": "zones"}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    opens_at = forms.TimeField(label=_("Opens"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes_at = forms.TimeField(label=_("Closes"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    country = forms.ChoiceField(label=_("Public holidays of"), choices=countries, required=False)
    note = forms.CharField(
        label=_("Why it changes"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for severity in Severity:
            for clock in CLOCKS:
                label = format_lazy("{} {}", severity, ClockKind(clock).label)
                units = (
                    [*UNITS, (NEXT_BUSINESS_DAY, _("end of the next business day"))]
                    if clock == "acknowledge"
                    else UNITS
                )
                self.fields[f"{severity}_{clock}"] = forms.IntegerField(
                    label=label, min_value=0, max_value=LARGEST_NUMBER, required=clock != "acknowledge"
                )
                self.fields[f"{severity}_{clock}_unit"] = forms.ChoiceField(label=label, choices=units)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for severity in Severity:
            name = f"{severity}_acknowledge"
            has_length = cleaned.get(f"{name}_unit") != NEXT_BUSINESS_DAY
            if has_length and cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, ValidationError(_("How long? Or choose the end of the next business day.")))
        return cleaned

    def lengths(self) -> Iterator[tuple[Severity, list[tuple[Any, Any]]]]:
        """For the template: each severity with the bound number and unit of its three clocks."""
        for severity in Severity:
            yield severity, [(self[f"{severity}_{clock}"], self[f"{severity}_{clock}_unit"]) for clock in CLOCKS]

    def policy(self, own_days: list[OwnDay]) -> SlaPolicy:
        """The policy of a valid form."""
        data = self.cleaned_data
        return SlaPolicy(
            targets={severity: self._target(severity) for severity in Severity},
            at_risk_percent=data["at_risk_percent"],
            calendar=BusinessCalendar(
                zone=ZoneInfo(data["time_zone"]),
                opens_at=data["opens_at"],
                closes_at=data["closes_at"],
                weekdays=frozenset(data["weekdays"]),
                country=data["country"],
                days_off=frozenset(date.fromisoformat(each["day"]) for each in own_days if not each["is_open"]),
                days_on=frozenset(date.fromisoformat(each["day"]) for each in own_days if each["is_open"]),
            ),
        )

    def _target(self, severity: Severity) -> SlaTarget:
        def length(clock: str) -> timedelta:
            name = f"{severity}_{clock}"
            return timedelta(seconds=self.cleaned_data[name] * int(self.cleaned_data[f"{name}_unit"]))

        is_next_day = self.cleaned_data[f"{severity}_acknowledge_unit"] == NEXT_BUSINESS_DAY
        return SlaTarget(length("respond"), None if is_next_day else length("acknowledge"), length("escalate"))


def own_days_of(rows: Any) -> list[OwnDay]:
    """The days of a valid formset; a day that stands there twice in the same way counts once."""
    found: dict[tuple[date, bool], str] = {}
    for row in rows.cleaned_data:
        if row.get("day"):
            key = (row["day"], bool(row.get("is_open")))
            found[key] = found.get(key) or row.get("name", "")
    return [OwnDay(day=day.isoformat(), is_open=is_open, name=name) for (day, is_open), name in sorted(found.items())]


def typed(version: PolicyVersion) -> dict[str, Any]:
    """A stored version as the form's initial values, in the largest unit that fits."""
    values: dict[str, Any] = {
        "based_on": version.version,
        "at_risk_percent": version.at_risk_percent,
        "time_zone": version.time_zone,
        "weekdays": version.weekdays,
        "opens_at": version.opens_at,
        "closes_at": version.closes_at,
        "country": version.country,
    }
    for severity, clocks in version.targets.items():
        for clock, seconds in clocks.items():
            number, unit = _in_largest_unit(seconds)
            values[f"{severity}_{clock}"], values[f"{severity}_{clock}_unit"] = number, unit
    return values


def typed_days(version: PolicyVersion) -> list[dict[str, Any]]:
    """The stored days as the formset's initial rows."""
    return [{**each, "is_open": "1" if each["is_open"] else ""} for each in version.own_days]


def _in_largest_unit(seconds: int | None) -> tuple[int | None, str]:
    if seconds is None:
        return None, NEXT_BUSINESS_DAY
    unit = next(int(unit) for unit, _label in reversed(UNITS) if seconds % int(unit) == 0)
    return seconds // unit, str(unit)


#: Beside which field a problem stands.
FIELD_OF = {
    PolicyProblem.AT_RISK: "at_risk_percent",
    PolicyProblem.HOURS: "closes_at",
    PolicyProblem.NO_WORKING_DAY: "weekdays",
}


def read(form: PolicyForm, rows: Any, *, now: Any) -> tuple[SlaPolicy, list[OwnDay]] | None:
    """The policy and its own days where they can be kept at `now`; else None, and the form says why."""
    if not (form.is_valid() & rows.is_valid()):
        return None
    own_days = own_days_of(rows)
    policy = form.policy(own_days)
    refuse(form, policy, problems(policy, now=now))
    return (policy, own_days) if form.is_valid() else None


def refuse(form: PolicyForm, policy: SlaPolicy, found: list[PolicyProblem]) -> None:
    """Puts each problem of the policy beside its field, that of a target beside every length it is about, or on top."""
    about_lengths = [
        (f"{severity}_{clock}", problem)
        for severity in Severity
        for clock, problem in problems_of(policy.targets[severity])
    ]
    for name, problem in about_lengths:
        form.add_error(name, str(problem.label))
    for problem in found:
        if problem not in {each for _name, each in about_lengths}:
            form.add_error(FIELD_OF.get(problem), str(problem.label))
