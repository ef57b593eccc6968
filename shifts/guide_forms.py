"""What a manager may write on the guide's pages."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.text import clean_text
from shifts.enums import GuideKind
from shifts.services.edit_guide import GuideLine

#: As many digits as the shortest emergency number has.
_PHONE = re.compile(r"\+?(?:[0-9][ -]*){3,31}")
#: A channel, a person or a path; everything else that is no web address is refused.
_PLACE = re.compile(r"[#@][\w.-]{1,80}|[\w./-]{1,200}")


class GuideForm(forms.Form):
    """One line of a page. `version` is what its author saw."""

    name = forms.CharField(label=_("Name"), max_length=255)
    where = forms.CharField(
        label=_("Where"),
        max_length=500,
        required=False,
        help_text=_("An address (https://…), a channel (#…), a name (@…) or a path."),
    )
    purpose = forms.CharField(label=_("What for"), max_length=500, required=False)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=32,
        required=False,
        help_text=_("Digits, spaces and dashes, such as +886 2 1234 5678."),
    )
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: GuideKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind is not GuideKind.CONTACT:
            del self.fields["phone"]

    def clean_name(self) -> str:
        name = clean_text(self.cleaned_data["name"], limit=255)
        if not name:
            raise forms.ValidationError(_("It has no name that can be read."))
        return name

    def clean_purpose(self) -> str:
        return clean_text(self.cleaned_data["purpose"], limit=500)

    def clean_where(self) -> str:
        where: str = self.cleaned_data["where"].strip()
        if not where or _PLACE.fullmatch(where) or _is_web_address(where):
            return where
        raise forms.ValidationError(_("That is no web address (https://…), no channel (#…), no name (@…) and no path."))

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip()
        if phone and not _PHONE.fullmatch(phone):
            raise forms.ValidationError(_("A telephone number has digits, spaces and dashes, and may begin with +."))
        return phone

    @property
    def line(self) -> GuideLine:
        """What was written, once it is valid."""
        told = self.cleaned_data
        return GuideLine(told["name"], told["where"], told["purpose"], told.get("phone", ""))


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_whole = bool(parts.hostname) and "@" not in parts.netloc and (port is None or port > 0)
    return parts.scheme in ("http", "https") and is_whole and not re.search(r"[\s<>\"'\\]", text)
