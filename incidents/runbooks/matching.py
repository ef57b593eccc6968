"""Which runbook fits an incident, and why. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from incidents.runbooks.model import Applies, Runbook


@dataclass(frozen=True)
class Symptoms:
    """What is known of an incident: its service's name, its title without tag and service, what was measured."""

    service: str
    title: str
    metric: str = ""


class Rule(StrEnum):
    """A reason to open a runbook."""

    CATALOGUE = "catalogue"
    METRIC = "metric"
    WORDS = "words"
    SERVICE = "service"
    ALWAYS = "always"


_SENTENCES: dict[Rule, Any] = {
    Rule.CATALOGUE: _("the catalogue names it for this service"),
    Rule.METRIC: _("the metric says “%(what)s”"),
    Rule.WORDS: _("the title says “%(what)s”"),
    Rule.SERVICE: _("it is for the service %(what)s"),
    Rule.ALWAYS: _("it fits every incident"),
}


@dataclass(frozen=True)
class Reason:
    """Which rule fitted, and by which of its phrases or names."""

    rule: Rule
    what: str = ""

    def __str__(self) -> str:
        return str(_SENTENCES[self.rule]) % {"what": self.what}


@dataclass(frozen=True)
class Match:
    """A runbook that fits, with every rule that fitted."""

    runbook: Runbook
    reasons: tuple[Reason, ...]


def best_runbooks(symptoms: Symptoms, runbooks: Iterable[Runbook], *, preferred: Sequence[str] = ()) -> list[Match]:
    """The runbooks that fit, best first: those of `preferred` (slugs that the catalogue names for the service), then by how
    much of their rules fits, then those that fit every incident.

    Among the preferred, too, what fits the incident goes before what only the catalogue names.
    """
    ranked = []
    for runbook in runbooks:
        fitting = _fitting(runbook.applies, symptoms)
        is_preferred = runbook.slug in preferred
        if fitting is None and not is_preferred:
            continue
        reasons = fitting or ()
        place = preferred.index(runbook.slug) if is_preferred else len(preferred)
        weight = _weight(reasons)
        named = (Reason(Rule.CATALOGUE),) if is_preferred else ()
        rank = (not is_preferred, *(-each for each in weight), place, runbook.slug)
        ranked.append((rank, Match(runbook, named + reasons)))
    return [match for _rank, match in sorted(ranked, key=lambda each: each[0])]


def _fitting(applies: Applies, symptoms: Symptoms) -> tuple[Reason, ...] | None:
    """The rules that fit; None where the runbook does not apply. A service narrows; of words and metrics any will do."""
    if applies.is_always:
        return (Reason(Rule.ALWAYS),)
    service = next((name for name in applies.services if _plain(name) == _plain(symptoms.service)), None)
    if applies.services and service is None:
        return None
    said = [
        Reason(rule, phrase)
        for rule, phrases, text in (
            (Rule.METRIC, applies.metrics, symptoms.metric),
            (Rule.WORDS, applies.words, symptoms.title),
        )
        if (phrase := _longest_said(text, phrases))
    ]
    if (applies.words or applies.metrics) and not said:
        return None
    return (*said, *([Reason(Rule.SERVICE, service)] if service else []))


def _weight(reasons: tuple[Reason, ...]) -> tuple[int, int, int]:
    """How well it fits: of how many kinds the rules are, then whether the metric is meant, then the longest phrase."""
    said = [reason for reason in reasons if reason.rule is not Rule.ALWAYS]
    rules = {reason.rule for reason in said}
    longest = max((len(_plain(reason.what)) for reason in said if reason.rule is not Rule.SERVICE), default=0)
    return len(rules), Rule.METRIC in rules, longest


def _longest_said(text: str, phrases: Iterable[str]) -> str:
    """The longest phrase that stands in the text, "" for none: it says most."""
    return max((phrase for phrase in phrases if _says(text, phrase)), key=len, default="")


@cache
def _phrase(phrase: str) -> re.Pattern[str]:
    """The phrase as whole words where it is of Latin letters; Chinese has no blanks between words."""
    return re.compile(rf"(?<![a-z0-9]){re.escape(phrase)}(?![a-z0-9])" if phrase else r"(?!)")


def _says(text: str, phrase: str) -> bool:
    return _phrase(_plain(phrase)).search(_plain(text)) is not None


def _plain(text: str) -> str:
    """Without the differences that a reader does not see: case, width, blanks, and dashes between words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.split(r"[\s_-]+", folded)).strip()
