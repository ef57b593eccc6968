"""What people may type about what runs."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from cluster.enums import MitigationVerb
from cluster.models import CatalogueEntry
from cluster.services.edit_entry import FIELDS
from integrations.text import clean_text

#: RFC 1123, as the cluster's own API holds names to it.
NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS_LABEL = RegexValidator(rf"^{NAME}\Z", _("Lower-case letters, digits and hyphens, as the cluster writes names."))
DNS_SUBDOMAIN = RegexValidator(
    rf"^{NAME}(\.{NAME})*\Z", _("Lower-case letters, digits, hyphens and dots, as the cluster writes names.")
)
_KEY = r"([A-Za-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
_VALUE = r"([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?"
SELECTOR = RegexValidator(
    rf"^{_KEY}=={{0,1}}{_VALUE}(,{_KEY}=={{0,1}}{_VALUE})*\Z",
    _("Labels as key=value, separated by commas: app=chatops-gateway"),
)
LONGEST_MAINTENANCE = timedelta(days=30)
#: Nobody plans further ahead, and an instant must be one in every zone.
FURTHEST_AHEAD = timedelta(days=366)
LONGEST_TITLE = 200


def new_key() -> str:
    """A fresh key for one form on one page: sending it twice is one act."""
    return uuid.uuid4().hex


class Words(forms.CharField):
    """Several words in one field, separated by commas or blanks: a list."""

    def __init__(self, *, pattern: str, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=500, **kwargs)
        self._pattern = re.compile(pattern)

    def to_python(self, value: Any) -> Any:
        words = list(dict.fromkeys(re.split(r"[,\s]+", super().to_python(value) or "")))
        wrong = [word for word in words if word and not self._pattern.fullmatch(word)]
        if wrong:
            raise forms.ValidationError(_("“%(word)s” is no such name."), params={"word": wrong[0]})
        return [word for word in words if word]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def run_validators(self, value: Any) -> None:
        super().run_validators(", ".join(value))


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """Where a service runs, and what may be done about it. `seen_version` is the version that the author saw."""

    seen_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    databases = Words(pattern=r"[A-Za-z][A-Za-z0-9-]{0,62}", label=_("RDS instances"))
    runbooks = Words(pattern=r"[a-z0-9-]{1,80}", label=_("Runbooks"))
    allowed_verbs = forms.MultipleChoiceField(
        label=_("Allowed mitigations"),
        choices=MitigationVerb.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = CatalogueEntry
        fields = FIELDS
        labels = {
            "context": _("Cluster context"),
            "namespace": _("Namespace"),
            "deployment": _("Deployment"),
            "selector": _("Label selector of its pods"),
            "owner": _("Owning team"),
            "slack_channel": _("Slack channel"),
            "grafana_dashboard": _("Grafana dashboard (uid)"),
            "grafana_panel": _("Grafana panel (number)"),
            "min_replicas": _("At least so many replicas"),
            "max_replicas": _("At most so many replicas"),
            "is_production": _("Production: mitigations of P0 and P1 ask for the name"),
        }
        help_texts = {"context": _("Empty: the kubeconfig's current one.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["namespace"].validators.append(DNS_LABEL)
        self.fields["deployment"].validators.append(DNS_SUBDOMAIN)
        self.fields["selector"].validators.append(SELECTOR)
        self.fields["max_replicas"].max_value = 1000  # type: ignore[attr-defined]  # a number's field

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        least, most = cleaned.get("min_replicas"), cleaned.get("max_replicas")
        if least is not None and most is not None and least > most:
            self.add_error("max_replicas", _("The most replicas are fewer than the least."))
        if cleaned.get("deployment") and not cleaned.get("namespace"):
            self.add_error("namespace", _("A deployment lives in a namespace; say in which."))
        return cleaned


class MaintenanceForm(forms.Form):
    """Maintenance for a stretch of time, typed in the author's zone."""

    title = forms.CharField(label=_("What is done"), max_length=LONGEST_TITLE)
    service = forms.ChoiceField(label=_("Service"), required=False)
    starts_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends_at = forms.DateTimeField(
        label=_("Ends"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    key = forms.CharField(max_length=64, initial=new_key, widget=forms.HiddenInput)

    def __init__(self, *args: Any, services: list[str], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        field = self.fields["service"]
        field.choices = [("", _("All services")), *((name, name) for name in services)]  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        title = clean_text(self.cleaned_data["title"], limit=LONGEST_TITLE)
        if not title:
            raise forms.ValidationError(_("This field is required."))
        return title

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at is None or ends_at is None:
            return cleaned
        if starts_at > self._now + FURTHEST_AHEAD:
            self.add_error("starts_at", _("It begins more than a year from now; enter it when it is nearer."))
        elif ends_at <= starts_at:
            self.add_error("ends_at", _("It ends before it begins."))
        elif ends_at <= self._now:
            self.add_error("ends_at", _("It is over already; what happened is told by the timeline."))
        elif ends_at - starts_at > LONGEST_MAINTENANCE:
            self.add_error("ends_at", _("Maintenance lasts at most 30 days; enter it in parts."))
        return cleaned
