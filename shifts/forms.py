"""What people may type about shifts. Times are typed in the author's zone."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from shifts.models import Schedule, Shift
from shifts.services.remind import HOURS_BEFORE
from shifts.services.request_override import LONGEST_REASON

HOUR_WORDS = {168: _("7 days before"), 24: _("24 hours before"), 1: _("1 hour before")}


def new_key() -> str:
    """A fresh key for one form on one page: sending it twice is one act."""
    return uuid.uuid4().hex


def typed(at: datetime) -> str:
    """An instant as a form's field shows it, in the author's zone."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


class MinuteField(forms.DateTimeField):
    """A minute on the author's clock. Where it comes twice, the first counts, as in a rotation; one that is skipped is refused."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as refusal:
            if refusal.code != "ambiguous_timezone" or refusal.params is None:
                raise
            first: datetime = refusal.params["datetime"].replace(tzinfo=timezone.get_current_timezone())
            # Of an hour that is skipped, what the later offset makes of it is the earlier instant.
            if first.timestamp() < first.replace(fold=1).timestamp():
                return first
            raise forms.ValidationError(
                _("The clocks skip this time on that day. Choose one before or after.")
            ) from None


def _reason() -> forms.CharField:
    return forms.CharField(label=_("Why (may stay empty)"), max_length=LONGEST_REASON, required=False)


class OverrideForm(forms.Form):
    """Somebody else for a while. Who may act only for themselves gets no list of people."""

    schedule = forms.TypedChoiceField(label=_("Schedule"), coerce=int)
    person = forms.TypedChoiceField(label=_("Who stands in"), coerce=int)
    start_at = MinuteField(label=_("Begins"))
    end_at = MinuteField(label=_("Ends"))
    reason = _reason()
    key = forms.CharField(max_length=64, initial=new_key, widget=forms.HiddenInput)

    def __init__(self, *args: Any, schedules: Iterable[Schedule], people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["schedule"].choices = [(each.pk, each.name) for each in schedules]  # type: ignore[attr-defined]
        self.fields["person"].choices = [(each.pk, each.name) for each in people]  # type: ignore[attr-defined]


class CoverForm(forms.Form):
    """Cover of a shift, the whole of it unless somebody types otherwise."""

    start_at = MinuteField(label=_("From"))
    end_at = MinuteField(label=_("To"))
    asked = forms.TypedChoiceField(label=_("Ask"), coerce=int, required=False, empty_value=None)
    reason = _reason()

    def __init__(self, *args: Any, shift: Shift, people: Iterable[Person], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shift = shift
        self.initial["start_at"] = typed(max(shift.start_at, now))
        self.initial["end_at"] = typed(shift.end_at)
        choices = [(each.pk, each.name) for each in people if each.pk != shift.person_id]
        self.fields["asked"].choices = [("", _("Everybody")), *choices]  # type: ignore[attr-defined]

    def clean_start_at(self) -> datetime:
        return _or_itself(self.shift.start_at, self.cleaned_data["start_at"])

    def clean_end_at(self) -> datetime:
        return _or_itself(self.shift.end_at, self.cleaned_data["end_at"])


def _or_itself(bound: datetime, at: datetime) -> datetime:
    """The bound of a shift where what was typed reads as it does: the clock does not say which of two it shows."""
    return bound if typed(at) == typed(bound) else at


class ReminderForm(forms.Form):
    """How somebody wants to be reminded."""

    hours_before = forms.TypedMultipleChoiceField(
        label=_("When"),
        choices=[(hours, HOUR_WORDS[hours]) for hours in HOURS_BEFORE],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    in_browser = forms.BooleanField(label=_("In the browser, on any open page of the portal"), required=False)
    in_slack = forms.BooleanField(label=_("In Slack, in the team's channel"), required=False)


class FeedForm(forms.Form):
    """A new calendar feed: of one's own shifts (empty), or of a schedule."""

    schedule = forms.TypedChoiceField(label=_("Which shifts"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, schedules: Iterable[Schedule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("My shifts")), *((each.pk, each.name) for each in schedules)]
        self.fields["schedule"].choices = choices  # type: ignore[attr-defined]
