"""Reading an alert's words (the guide, «Answering an alert», step 1). Pure; the text is untrusted.

[P1] High Error Rate - chatops-gateway
Triggered at: 2024-01-15 14:30 UTC
Error rate: 5.2% (threshold: 1%)
"""

import re
from dataclasses import dataclass

from incidents.enums import Severity, SeveritySource

_TAG = re.compile(r"^\s*\[\s*(P[0-3])\s*\]\s*", re.IGNORECASE)
# The name begins with a word and the blanks before one are never given back: a body of blanks alone costs one look at each.
_MEASURE = re.compile(
    r"^[ \t]*+(?P<name>[^\s:][^:\n]{0,119}?)[ \t]*:[ \t]*+(?P<value>[^\s(][^\n(]{0,63}?)[ \t]*"
    r"\([ \t]*threshold[ \t]*:[ \t]*+(?P<threshold>[^\s)][^)\n]{0,63}?)[ \t]*\)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class AlertTitle:
    """A title taken apart: `severity` where it is tagged, `what` happened, on which `service` ("" where not said)."""

    severity: Severity | None
    what: str
    service: str


@dataclass(frozen=True)
class Measure:
    """What was measured, as written: `Error rate`, `5.2%`, `1%`. All "" where the body does not say."""

    name: str = ""
    value: str = ""
    threshold: str = ""


def parse_title(title: str) -> AlertTitle:
    """Takes `[P1] High Error Rate - chatops-gateway` apart; whatever has another shape stays whole in `what`."""
    tag = _TAG.match(title)
    rest = title[tag.end() :].strip() if tag else title.strip()
    what, dash, service = rest.rpartition(" - ")
    # A service's name is one word; « - » inside a sentence is just a dash.
    if not dash or not what.strip() or not re.fullmatch(r"[\w.\-/]+", service.strip()):
        what, service = rest, ""
    return AlertTitle(
        severity=Severity(tag.group(1).upper()) if tag else None, what=what.strip(), service=service.strip()
    )


def parse_measure(body: str) -> Measure:
    """The first line of the shape `name: value (threshold: limit)`."""
    found = _MEASURE.search(body)
    return Measure(found["name"], found["value"], found["threshold"]) if found else Measure()


def judge_severity(*, title: str, priority: str, urgency: str) -> tuple[Severity, SeveritySource]:
    """The severity from the title's tag, else from PagerDuty's priority, else from its urgency; and which it was.

    A high urgency wakes people, so it counts as P1; a low one as P3.
    """
    tagged = parse_title(title).severity
    if tagged is not None:
        return tagged, SeveritySource.TITLE
    named = severity_of_priority(priority)
    if named is not None:
        return named, SeveritySource.PRIORITY
    return (Severity.P3 if urgency == "low" else Severity.P1), SeveritySource.URGENCY


def severity_of_priority(name: str) -> Severity | None:
    """What a priority's name says: P0, SEV-1, Sev 2 …; None where it says nothing. P4 and P5 count as P3."""
    named = re.match(r"^\s*(?:P|SEV[- ]?)([0-5])\b", name, re.IGNORECASE)
    return list(Severity)[min(int(named.group(1)), 3)] if named else None
