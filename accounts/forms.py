"""What people may type about themselves."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A person's own preferences. Role and PagerDuty identity are an admin's to give: acts go out under them."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("time_zone", "language", "theme")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[(zone, zone.replace("_", " ")) for zone in zones]
        )
        self.initial["version"] = self.instance.version
