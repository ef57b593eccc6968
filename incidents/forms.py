"""What people may type and choose on an incident's page."""

import uuid
from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Person
from incidents.enums import Escalation, Severity
from incidents.models import Priority
from incidents.services.ask_pagerduty import LONGEST_NOTE
from incidents.services.define_severity import LONGEST_DEFINITION
from incidents.services.judge_severity import LONGEST_REASON
from incidents.stakeholders import Draft
from incidents.updates.kinds import UpdateChannel, UpdateState
from incidents.updates.words import LONGEST_UPDATE, unknown_places
from integrations.text import clean_text


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


class JudgeForm(forms.Form):
    """A severity, the one that the person saw, and why."""

    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=Severity.choices,
        coerce=Severity,
        error_messages={"required": _("Choose a severity.")},
    )
    seen = forms.TypedChoiceField(choices=Severity.choices, coerce=Severity, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why?"), max_length=LONGEST_REASON, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class DefinitionForm(forms.Form):
    """What a severity means. `based_on` is the version that the author saw."""

    criteria = forms.CharField(
        label=_("Criteria"),
        max_length=LONGEST_DEFINITION,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    examples = forms.CharField(
        label=_("Examples"),
        max_length=LONGEST_DEFINITION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    based_on = forms.IntegerField(min_value=0, max_value=2**31 - 2, widget=forms.HiddenInput)

    def clean_criteria(self) -> str:
        criteria = clean_text(self.cleaned_data["criteria"], limit=LONGEST_DEFINITION)
        if not criteria:
            # Characters that nobody can see are no criteria.
            raise forms.ValidationError(_("Say what makes an incident this severe."))
        return criteria

    def clean_examples(self) -> str:
        return clean_text(self.cleaned_data["examples"], limit=LONGEST_DEFINITION)


class PriorityForm(forms.Form):
    """One of PagerDuty's priorities, or none. `seen` is PagerDuty's id of the one that the author saw."""

    priority = forms.ModelChoiceField(queryset=Priority.objects.all(), to_field_name="pagerduty_id", required=False)
    seen = forms.CharField(max_length=32, required=False)


class EscalationForm(forms.Form):
    """What to do at the deadline, and what the author saw there."""

    escalation = forms.TypedChoiceField(choices=Escalation.choices, coerce=Escalation)
    seen = forms.TypedChoiceField(choices=Escalation.choices, coerce=Escalation)


class UpdateForm(forms.Form):
    """An update for the stakeholders. What it must say, and how long it may be, is the service's to judge."""

    # A room has a note's words, too, and each label leads to its own.
    text = forms.CharField(
        label=_("What the stakeholders read"),
        required=False,
        widget=forms.Textarea(attrs={"id": "update-text", "rows": 4, "class": "form-control"}),
    )
    state = forms.TypedChoiceField(
        label=_("State"),
        choices=UpdateState.choices,
        coerce=UpdateState,
        widget=forms.Select(attrs={"id": "update-state", "class": "form-select"}),
    )
    minutes = forms.IntegerField(
        label=_("Next update in … minutes"),
        required=False,
        widget=forms.NumberInput(attrs={"id": "update-minutes", "class": "form-control", "inputmode": "numeric"}),
    )
    channels = forms.MultipleChoiceField(
        label=_("Where it is told"),
        choices=UpdateChannel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    idempotency_key = forms.CharField(
        max_length=64, required=False, initial=new_key, widget=forms.HiddenInput(attrs={"id": "update-key"})
    )

    def clean_minutes(self) -> int | None:
        """Anything beyond a day is refused all the same: a length of time cannot hold every number."""
        minutes: int | None = self.cleaned_data["minutes"]
        return None if minutes is None else max(-1, min(minutes, 1_000_000))

    @property
    def draft(self) -> Draft:
        """Of a valid form."""
        minutes = self.cleaned_data["minutes"]
        return Draft(
            text=self.cleaned_data["text"],
            state=self.cleaned_data["state"],
            next_in=None if minutes is None else timedelta(minutes=minutes),
            channels=frozenset(map(UpdateChannel, self.cleaned_data["channels"])),
        )


class UpdateTemplateForm(forms.Form):
    """What an update begins with. `based_on` is the version that the author saw."""

    text = forms.CharField(
        label=_("Words"),
        max_length=LONGEST_UPDATE,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    based_on = forms.IntegerField(min_value=0, max_value=2**31 - 2, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text = clean_text(self.cleaned_data["text"], limit=LONGEST_UPDATE)
        if not text:
            raise forms.ValidationError(_("An update begins with words. Nothing was stored."))
        unknown = unknown_places(text)
        if unknown:
            words = _(
                "Nothing fills %(unknown)s, so nothing was stored. Use the places named above, or write the words."
            )
            raise forms.ValidationError(words % {"unknown": ", ".join(unknown)})
        return text
