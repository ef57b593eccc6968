"""What people may type about themselves."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_time_zone


def time_zone_field() -> forms.CharField:
    """A time zone by its name in the IANA database; the page has a `datalist` of them, `zones`."""
    return forms.CharField(
        label=_("Time zone"),
        max_length=64,
        validators=[validate_time_zone],
        widget=forms.TextInput(attrs={"list": "zones"}),
        error_messages={"required": _("There is no such time zone. Choose one such as Asia/Taipei.")},
    )


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


class _WithPagerDutyId(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """An account's form: `portal-…` is how the portal names people whom PagerDuty does not know, so that it is nobody's id."""

    def clean_pagerduty_id(self) -> str | None:
        pagerduty_id: str | None = self.cleaned_data["pagerduty_id"]
        if pagerduty_id and pagerduty_id.lower().startswith("portal-"):
            raise forms.ValidationError(_("That is no id of PagerDuty's. It looks like PXPGF42."))
        return pagerduty_id


class UserForm(_WithPagerDutyId):
    """What an admin may change about an account."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "role", "is_active", "email", "pagerduty_id", "pagerduty_email")
        help_texts = {
            "is_active": _("Without it nobody can sign in with this account; its history stays."),
            "pagerduty_id": _("Which PagerDuty user this is, such as PXPGF42; decides what is “mine”."),
            "pagerduty_email": _("Acts go out to PagerDuty under this address; empty stands for the e-mail address."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version


class NewUserForm(_WithPagerDutyId):
    """A new account with its first password."""

    password = forms.CharField(
        label=_("First password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ("username", "name", "role", "email", "pagerduty_id")

    def clean_password(self) -> str:
        """Django's own rules for passwords."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password
