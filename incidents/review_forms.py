"""The form of a follow-up."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.services.keep_follow_ups import LONGEST_TEXT
from shifts.services.known_people import known_people


class FollowUpForm(forms.Form):
    """What is to be done, by whom, until when. `people` are the ids and names to choose from: a page has many forms."""

    text = forms.CharField(
        label=_("What is to be done"),
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": _("Say what is to be done.")},
    )
    owner = forms.TypedChoiceField(
        label=_("Who does it"),
        coerce=int,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": _("Choose who does it."), "invalid_choice": _("Choose who does it.")},
    )
    due_on = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = cast(forms.TypedChoiceField, self.fields["owner"])
        owner.choices = [("", _("Choose somebody")), *people]


def people_choices() -> list[tuple[int, str]]:
    """Everybody whom something can be given to. Two queries."""
    return [(person.pk, person.name) for person in known_people()]
