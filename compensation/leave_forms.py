"""What people type about leave and corrections."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compensation.refusals import REASONS
from compensation.services.apply_for_leave import LONGEST_NOTE
from compensation.services.correct_line import LONGEST_REASON
from shifts.forms import new_key


def key_field() -> forms.CharField:
    """A hidden key that makes a form that is sent twice one act."""
    return forms.CharField(max_length=64, initial=new_key, widget=forms.HiddenInput)


class LeaveForm(forms.Form):
    """An application; a day of leave is `hours_a_day` hours."""

    first_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    amount = forms.DecimalField(label=_("How much"), max_digits=6, decimal_places=2)
    unit = forms.ChoiceField(
        label=pgettext_lazy("of an amount of leave", "Unit"),
        choices=[
            ("hours", pgettext_lazy("an amount of leave", "hours")),
            ("days", pgettext_lazy("an amount of leave", "days")),
        ],
    )
    note = forms.CharField(label=_("Note (may stay empty)"), max_length=LONGEST_NOTE, required=False)
    key = key_field()

    def __init__(self, *args: Any, hours_a_day: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hours_a_day = hours_a_day

    @property
    def hours(self) -> Decimal:
        """Of a valid form."""
        amount: Decimal = self.cleaned_data["amount"]
        return amount * self.hours_a_day if self.cleaned_data["unit"] == "days" else amount


class CorrectionForm(forms.Form):
    """What is added to a line, or taken back with a minus."""

    amount = forms.DecimalField(
        label=_("Amount, with a minus to take back"),
        max_digits=14,
        decimal_places=4,
        error_messages={"invalid": REASONS["no_such_amount"]},
    )
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST_REASON, error_messages={"required": REASONS["no_reason"]}
    )
    key = key_field()
