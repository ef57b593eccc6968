"""What people send about mitigations."""

import json
from typing import Any

from django import forms

from cluster.enums import MitigationVerb

#: More than any verb's parameters take.
LONGEST_PARAMETERS = 1_000


class ProposeForm(forms.Form):
    """A verb and its parameters: as one JSON object, as runbooks and offers send them, or field by field."""

    verb = forms.TypedChoiceField(choices=MitigationVerb.choices, coerce=MitigationVerb)
    parameters = forms.CharField(max_length=LONGEST_PARAMETERS, required=False)
    by = forms.IntegerField(required=False)
    to = forms.CharField(max_length=20, required=False)
    revision = forms.CharField(max_length=20, required=False)
    choose = forms.CharField(max_length=20, required=False)
    pod = forms.CharField(max_length=253, required=False)
    uid = forms.CharField(max_length=64, required=False)
    database = forms.CharField(max_length=63, required=False)
    failover = forms.BooleanField(required=False)

    def clean_parameters(self) -> dict[str, Any]:
        text = self.cleaned_data["parameters"]
        try:
            given = json.loads(text) if text else {}
        except ValueError:
            raise forms.ValidationError("no JSON") from None
        if not isinstance(given, dict):
            raise forms.ValidationError("no object")
        return given

    @property
    def given(self) -> dict[str, Any]:
        """All that was said; what was left empty was not."""
        fields = ("by", "to", "revision", "choose", "pod", "uid", "database", "failover")
        told = {name: self.cleaned_data[name] for name in fields if self.cleaned_data[name] not in (None, "", False)}
        parameters: dict[str, Any] = self.cleaned_data["parameters"]
        return parameters | told


class ConfirmForm(forms.Form):
    """The target's name, where it must be typed."""

    typed = forms.CharField(max_length=253, required=False)
