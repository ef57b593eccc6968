"""What the laptop's script answers: lines of four words, and nothing else. Pure.

    portal-preflight 1
    vpn grafana passed ok
    kubectl list/pods failed forbidden
    aws identity unknown not_installed

Every subject that was asked is answered exactly once. No line holds words of a program's own: they could be secrets.
"""

import re
from collections.abc import Mapping, Sequence

from integrations.kubernetes.types import Permission
from integrations.probes import Endpoint
from shifts.enums import CheckVerdict, PreflightItem
from shifts.preflight.rules import Finding

HEAD = "portal-preflight 1"
#: More than any honest answer has.
LARGEST = 16 * 1024
MOST_LINES = 200
_LINE = re.compile(r"(vpn|kubectl|aws) ([A-Za-z0-9._/-]{1,120}) (passed|failed|unknown) ([a-z0-9_]{1,24})")
PODS, IDENTITY, DATABASES = "pods", "identity", "databases"


class Malformed(Exception):
    """It is no answer of the script's; the words say what is wrong with it, for a terminal to print."""


def permission_word(permission: Permission) -> str:
    """A permission as one word: `get/pods/log`, `patch/deployments.apps`."""
    return str(permission).replace(" ", "/")


def subjects_of(
    endpoints: Sequence[Endpoint], permissions: Sequence[Permission]
) -> Mapping[PreflightItem, tuple[str, ...]]:
    """What the script is asked for, by item."""
    return {
        PreflightItem.VPN: tuple(endpoint.name for endpoint in endpoints),
        PreflightItem.KUBECTL: (PODS, *map(permission_word, permissions)),
        PreflightItem.AWS: (IDENTITY, DATABASES),
    }


def read_answer(text: str, subjects: Mapping[PreflightItem, tuple[str, ...]]) -> dict[PreflightItem, list[Finding]]:
    """The findings of every item that has subjects, in their order. Raises Malformed."""
    lines = text.splitlines()
    if not lines or lines[0] != HEAD:
        raise Malformed(f"the first line must be: {HEAD}")
    if len(lines) > MOST_LINES:
        raise Malformed(f"more than {MOST_LINES} lines")
    answered: dict[tuple[str, str], Finding] = {}
    for number, line in enumerate(lines[1:], start=2):
        found = _LINE.fullmatch(line)
        if found is None:
            raise Malformed(f"line {number} is none of: item, subject, verdict, code")
        item, subject, verdict, code = found.groups()
        if subject not in subjects.get(PreflightItem(item), ()):
            raise Malformed(f"line {number} is about something that was not asked")
        if (item, subject) in answered:
            raise Malformed(f"line {number} answers something twice")
        answered[item, subject] = Finding(
            CheckVerdict(verdict), f"laptop_{item}", {"subject": subject, "trouble": code}
        )
    for item, names in subjects.items():
        missing = next((name for name in names if (item.value, name) not in answered), None)
        if missing is not None:
            raise Malformed(f"{item.value} {missing} is not answered")
    return {item: [answered[item.value, name] for name in names] for item, names in subjects.items() if names}
