"""What people may type and choose on an incident's page."""

import uuid
from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Person
from incidents.services.ask_pagerduty import LONGEST_NOTE


def new_key() -> str:
    """A fresh key for one form on one page: sending it twice is one act."""
    return uuid.uuid4().hex


class NoteForm(forms.Form):
    """A note, up to what PagerDuty takes."""

    text = forms.CharField(label=_("Note"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3}))
    idempotency_key = forms.CharField(max_length=64, required=False, initial=new_key, widget=forms.HiddenInput)


class ReassignForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("Person"), queryset=Person.objects.order_by("name"), empty_label=_("Choose a person")
    )


def snooze_lengths() -> list[tuple[str, str]]:
    """Choices of seconds in the active language: a lazy plural would be put into words once, when this file is read."""
    minutes = [(minutes * 60, ngettext("%d minute", "%d minutes", minutes) % minutes) for minutes in (15, 30)]
    hours = [(hours * 3600, ngettext("%d hour", "%d hours", hours) % hours) for hours in (1, 4, 24)]
    return [(str(seconds), label) for seconds, label in minutes + hours]


class SnoozeForm(forms.Form):
    duration = forms.TypedChoiceField(
        label=_("Snooze for"),
        choices=snooze_lengths,
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
    )


class EscalateForm(forms.Form):
    """The level the person saw; another one means that the incident moved meanwhile."""

    from_level = forms.IntegerField(min_value=1, max_value=100)
