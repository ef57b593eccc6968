"""Ticking the steps of a runbook: who did what of it, and when. It stops no clock: reading along is no response yet."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.services.record_act import record_act
from incidents.enums import EntryKind, EntrySource
from incidents.models import Incident, RunbookTick, TimelineEntry
from incidents.runbooks import Library, library
from incidents.runbooks.library import TRANSLATIONS
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act


class UnknownStep(LookupError):
    """There is no such runbook, or it has no such step (any more)."""


@dataclass(frozen=True)
class Ticked:
    """The tick that stands. `is_new`: by this act, not by an earlier one."""

    tick: RunbookTick
    is_new: bool


@transaction.atomic
def tick_step(*, act: Act, slug: str, key: str) -> Ticked:
    """Notes that a step is done in the incident's present cycle. A tick that stands already is left as it is.

    A resolved incident takes ticks, too: the last steps are done when it is over. Raises UnknownStep.
    """
    words = _words(library(), slug, key)
    incident = Incident.objects.select_for_update().get(pk=act.number)
    standing = _standing(incident, slug, key)
    if standing is not None:
        return Ticked(standing, is_new=False)
    now = database_now()
    tick = RunbookTick.objects.create(
        incident=incident, cycle=incident.cycle, runbook=slug, step=key, ticked_by=act.actor, ticked_at=now
    )
    _record(incident, act, tick, verb="tick_step", data={**words, "ticked": True})
    return Ticked(tick, is_new=True)


@transaction.atomic
def untick_step(*, act: Act, slug: str, key: str) -> RunbookTick | None:
    """Takes a tick back, whoever made it; None where none stands. Raises UnknownStep."""
    words = _words(library(), slug, key)
    incident = Incident.objects.select_for_update().get(pk=act.number)
    tick = _standing(incident, slug, key)
    if tick is None:
        return None
    tick.taken_back_by, tick.taken_back_at = act.actor, database_now()
    tick.save(update_fields=["taken_back_by", "taken_back_at"])
    _record(incident, act, tick, verb="untick_step", data=words)
    return tick


def _words(known: Library, slug: str, key: str) -> dict[str, Any]:
    """What the timeline keeps: the step as it read when it was ticked, in every language it has. Raises UnknownStep."""
    runbook = known.get(slug)
    step = runbook.step(key) if runbook else None
    if runbook is None or step is None:
        raise UnknownStep(slug, key)
    translated = {}
    for language in TRANSLATIONS:
        theirs = known.translated.get((slug, language))
        their_step = theirs.step(key) if theirs else None
        if theirs and their_step:
            translated[language] = {"runbook": theirs.title, "step": their_step.text}
    return {"slug": slug, "key": key, "runbook": runbook.title, "step": step.text, "in": translated}


def _standing(incident: Incident, slug: str, key: str) -> RunbookTick | None:
    ticks = RunbookTick.objects.filter(incident=incident, cycle=incident.cycle, runbook=slug, step=key)
    return ticks.filter(taken_back_at__isnull=True).select_related("ticked_by").first()


def _record(incident: Incident, act: Act, tick: RunbookTick, *, verb: str, data: dict[str, Any]) -> None:
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.RUNBOOK_STEP,
        occurred_at=tick.taken_back_at or tick.ticked_at,
        actor=act.actor,
        actor_name=act.actor.display_name,
        source=EntrySource.PORTAL,
        source_id=f"{verb}:{tick.pk}",
        data=data,
    )
    record_act(
        actor=act.actor,
        verb=verb,
        target=f"incident:{incident.pk}",
        data={"runbook": tick.runbook, "step": tick.step, "cycle": tick.cycle},
    )
    bump_version(incident)
