"""A version of the rules as managers type it: its own part, and a row for each weekly amount."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import time_zone_field
from compensation.enums import Sharing
from compensation.leave_forms import key_field
from compensation.models import RuleVersion
from compensation.money import currency_choices, plain
from compensation.services.store_rule import LONGEST_NOTE, MOST_LEVELS, MOST_RATES, problems_of
from compensation.terms import Rate, Rule
from incidents.policy_forms import countries
from shifts.models import Schedule

#: Rows that a page without JavaScript can add at once.
SPARE_ROWS = 3
EVERY_OTHER = ""


def _amount(label: Any, **kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=12, decimal_places=4, **kwargs)


class RuleForm(forms.Form):
    """Everything but the weekly amounts. `based_on` is the version that the author saw, 0 for none."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**63 - 1)
    key = key_field()
    valid_from = forms.DateField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=lazy(currency_choices, list))
    time_zone = time_zone_field()
    country = forms.ChoiceField(label=_("Public holidays of"), choices=countries, required=False)
    weekend = forms.TypedMultipleChoiceField(
        label=_("Weekend"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    weekend_factor = forms.DecimalField(label=_("A weekend day counts ×"), max_digits=5, decimal_places=3)
    holiday_factor = forms.DecimalField(label=_("A holiday counts ×"), max_digits=5, decimal_places=3)
    p0_bonus = _amount(_("Bonus for a P0 handled successfully"))
    sharing = forms.ChoiceField(label=_("The bonus is"), choices=Sharing)
    rest_day_hours = forms.DecimalField(
        label=_("Hours of leave for a whole weekend day or holiday on call"), max_digits=4, decimal_places=2
    )
    night_hours = forms.DecimalField(
        label=_("Hours of leave for each P0 answered at night"), max_digits=4, decimal_places=2
    )
    hours_a_day = forms.DecimalField(label=_("Hours that a day of leave takes"), max_digits=4, decimal_places=2)
    note = forms.CharField(label=_("Why it changes"), required=False, max_length=LONGEST_NOTE)

    def rule(self, rates: Sequence[Rate]) -> Rule:
        """The rule of a valid form."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("based_on", "key")}
        return Rule(**data | {"sharing": Sharing(data["sharing"]), "rates": rates})


class RateForm(forms.Form):
    """An amount a week; a row without one is none."""

    schedule = forms.TypedChoiceField(label=_("Schedule"), coerce=int, required=False, empty_value=None)
    level = forms.IntegerField(label=_("Level"), min_value=1, max_value=MOST_LEVELS, initial=1)
    amount = _amount(_("Amount a week"), required=False)

    def __init__(self, *args: Any, schedules: Sequence[Schedule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(EVERY_OTHER, _("All other schedules")), *((each.pk, each.name) for each in schedules)]
        self.fields["schedule"].choices = choices  # type: ignore[attr-defined]


RateRows = forms.formset_factory(
    RateForm, extra=SPARE_ROWS, max_num=MOST_RATES, validate_max=True, absolute_max=MOST_RATES + 50
)


def rates_of(rows: Any) -> list[Rate]:
    """The amounts of a valid formset."""
    return [
        Rate(each["schedule"], each["level"], each["amount"])
        for each in rows.cleaned_data
        if each.get("amount") is not None
    ]


def read(form: RuleForm, rows: Any) -> Rule | None:
    """The rule where it makes sense by itself; else None, and the form says why."""
    if not (form.is_valid() & rows.is_valid()):
        return None
    rule = form.rule(rates_of(rows))
    for name, refusal in problems_of(rule):
        form.add_error(name or None, refusal.text)
    return rule if form.is_valid() else None


_TYPED = (
    "currency", "time_zone", "country", "weekend", "weekend_factor", "holiday_factor", "p0_bonus", "sharing",
    "rest_day_hours", "night_hours", "hours_a_day",
)  # fmt: skip


def typed(version: RuleVersion | None) -> dict[str, Any]:
    """A stored version as the form's initial values; numbers without the zeros that a column adds."""
    if version is None:
        return {"weekend": [5, 6], "weekend_factor": 1, "holiday_factor": 1, "p0_bonus": 0} | {
            "rest_day_hours": 0,
            "night_hours": 0,
            "hours_a_day": 8,
        }
    return {name: _plain(getattr(version, name)) for name in _TYPED}


def typed_rates(version: RuleVersion | None) -> list[dict[str, Any]]:
    """Its amounts as the formset's initial rows."""
    if version is None:
        return []
    return [
        {"schedule": each.schedule_id, "level": each.level, "amount": _plain(each.amount)}
        for each in version.rates.all()
    ]


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value
