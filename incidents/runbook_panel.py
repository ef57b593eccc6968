"""The runbook that an incident room opens: the one that fits, how far it is done, and the others to choose from."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.urls import reverse
from django.utils.safestring import SafeString

from cluster.models import CatalogueEntry
from incidents.markdown import render
from incidents.models import Incident, RunbookTick
from incidents.runbooks import Match, Runbook, Step, Symptoms, best_runbooks, library
from incidents.runbooks.words import mitigation_words

#: What a runbook writes where the service's name belongs.
PLACE = "<service>"
# A name comes from PagerDuty and lands in commands that people copy: only what no shell takes for more than a word.
_SAFE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_OTHER_RUNBOOK = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)\.md")


@dataclass(frozen=True)
class ShownStep:
    """A step with its number, and the tick that stands."""

    number: int
    step: Step
    text: str
    tick: RunbookTick | None

    @property
    def mitigation(self) -> str:
        """What it would do, in words; "" for a step that is no mitigation."""
        return mitigation_words(self.step.verb, self.step.parameters) if self.step.verb else ""

    @property
    def parameters(self) -> str:
        """The mitigation's parameters as a form sends them."""
        return json.dumps(dict(self.step.parameters), sort_keys=True)


@dataclass(frozen=True)
class Choice:
    """One runbook to choose: whether it fits, and how much of it is done in this cycle."""

    slug: str
    title: str
    fits: bool
    done: int
    total: int


@dataclass(frozen=True)
class RunbookPanel:
    """What a room shows of runbooks. `runbook` is None where none fits and none was chosen."""

    runbook: Runbook | None
    match: Match | None
    chosen: str
    steps: Sequence[ShownStep]
    choices: Sequence[Choice]
    body: str
    is_open: bool

    @property
    def done(self) -> int:
        return sum(1 for shown in self.steps if shown.tick is not None)

    @property
    def html(self) -> SafeString:
        return render(self.body, top=3, resolve=runbook_address)

    @cached_property
    def stamp(self) -> str:
        """The same for as long as nothing would look different."""
        ticks = [(shown.tick.pk, shown.tick.ticked_by.display_name) for shown in self.steps if shown.tick]
        reasons = [str(reason) for reason in self.match.reasons] if self.match else []
        what = (self.runbook, reasons, self.chosen, ticks, self.choices, self.body, self.is_open)
        return sha256(repr(what).encode()).hexdigest()[:16]


def runbook_panel(incident: Incident, entry: CatalogueEntry | None, *, chosen: str = "", language: str) -> RunbookPanel:
    """The runbook `chosen` by its slug, else the one that fits best, those first that the catalogue's entry names. One query."""
    runbooks = library().in_language(language)
    matches = best_runbooks(
        Symptoms(service=incident.service.name, title=incident.what, metric=incident.metric_name),
        runbooks,
        preferred=entry.runbooks if entry else (),
    )
    by_slug = {runbook.slug: runbook for runbook in runbooks}
    fitting = {match.runbook.slug: match for match in matches}
    wanted = by_slug.get(chosen)
    runbook = wanted or (matches[0].runbook if matches else None)
    ticks = incident.ticks.filter(cycle=incident.cycle, taken_back_at__isnull=True).select_related("ticked_by")
    standing = {(tick.runbook, tick.step): tick for tick in ticks}
    others = [runbook for runbook in runbooks if runbook.slug not in fitting]
    return RunbookPanel(
        runbook=runbook,
        match=fitting.get(runbook.slug) if runbook else None,
        chosen=wanted.slug if wanted else "",
        steps=_shown_steps(runbook, incident.service.name, standing) if runbook else (),
        choices=[
            Choice(
                slug=each.slug,
                title=each.title,
                fits=each.slug in fitting,
                done=sum((each.slug, step.key) in standing for step in each.steps),
                total=len(each.steps),
            )
            for each in (*(match.runbook for match in matches), *others)
        ],
        body=_for_service(runbook.body, incident.service.name) if runbook else "",
        is_open=incident.is_open,
    )


def runbook_address(target: str) -> str | None:
    """Where a link between runbooks leads: the files lie side by side. None for anything else."""
    name = _OTHER_RUNBOOK.fullmatch(target)
    return reverse("incidents:runbook", args=[name[1]]) if name else None


def _shown_steps(runbook: Runbook, service: str, standing: dict[tuple[str, str], RunbookTick]) -> tuple[ShownStep, ...]:
    return tuple(
        ShownStep(number, step, _for_service(step.text, service), standing.get((runbook.slug, step.key)))
        for number, step in enumerate(runbook.steps, 1)
    )


def _for_service(text: str, service: str) -> str:
    return text.replace(PLACE, service) if _SAFE_NAME.fullmatch(service) else text
