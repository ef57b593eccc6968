"""What people may type and choose on an incident's page."""

import uuid
from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

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
    person = forms.ModelChoiceField(label=_("Person"), queryset=Person.objects.order_by("name"))


SNOOZES = [
    (timedelta(minutes=15), ngettext_lazy("%d minute", "%d minutes") % 15),
    (timedelta(minutes=30), ngettext_lazy("%d minute", "%d minutes") % 30),
    (timedelta(hours=1), ngettext_lazy("%d hour", "%d hours") % 1),
    (timedelta(hours=4), ngettext_lazy("%d hour", "%d hours") % 4),
    (timedelta(hours=24), ngettext_lazy("%d hour", "%d hours") % 24),
]


class SnoozeForm(forms.Form):
    duration = forms.TypedChoiceField(
        label=_("Snooze for"),
        choices=[(str(int(length.total_seconds())), label) for length, label in SNOOZES],
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
    )


class EscalateForm(forms.Form):
    """The level the person saw; another one means that the incident moved meanwhile."""

    from_level = forms.IntegerField(min_value=1, max_value=100)
