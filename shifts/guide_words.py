"""What a line of the guide says, and said before, in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

FIELD_LABELS: Mapping[str, Any] = {
    "name": _("Name"),
    "where": _("Where"),
    "purpose": _("What for"),
    "phone": _("Telephone"),
}
#: Why a tool was not reached, by the code of its probe.
OBSTACLES: Mapping[str, Any] = {
    "refused": _("it refuses the connection"),
    "timeout": _("no answer in time"),
    "unknown_host": _("its name is not known here"),
    "unreachable": _("there is no way to it"),
    "untrusted": _("its certificate is from no authority that is trusted here"),
    "tls": _("it speaks no TLS that is understood here"),
    "link_local": _("addresses of this kind are never asked"),
}


@dataclass(frozen=True)
class Difference:
    """One field of a version beside the same field of the version before; `before` None: there was none."""

    label: Any
    before: str | None
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before is not None and self.before != self.after


def differences(before: Mapping[str, str] | None, after: Mapping[str, str]) -> list[Difference]:
    """Field by field, those that say or said anything."""
    found = [
        Difference(label, None if before is None else before.get(name, ""), after.get(name, ""))
        for name, label in FIELD_LABELS.items()
    ]
    return [each for each in found if each.before or each.after]
