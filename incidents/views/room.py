"""The incident room: one incident, its clocks, what to do now, and what happened."""

from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.enums import EntryKind, OutboxState, Status
from incidents.evidence_panel import evidence_panel
from incidents.forms import JudgeForm, NoteForm, ReassignForm, SnoozeForm, UpdateForm
from incidents.judging import choices_of
from incidents.mitigation_panel import MitigationPanel, mitigation_panel
from incidents.models import Incident, OutboxMessage, TimelineEntry
from incidents.runbook_panel import runbook_panel
from incidents.selectors import clock_views
from incidents.shell import Shell
from incidents.suspects_panel import suspects_panel
from incidents.timeline import timeline_of
from incidents.update_panel import UpdatePanel, beginning_of, channel_choices, told_here, update_panel
from incidents.updates.words import LONGEST_UPDATE
from shifts.handoffs import tripwires
from shifts.selectors import level_of, levels_of


@dataclass(frozen=True)
class GuideStep:
    """One of the guide's six steps of answering an alert. `state` is done, current or todo."""

    key: str
    label: str
    state: str
    description: str


def steps_of(incident: Incident, *, is_judged: bool, is_mitigated: bool) -> list[GuideStep]:
    """The guide's steps, with the first one that is not done as the current one. Who judged has assessed it."""
    is_over = not incident.is_open
    is_acknowledged = is_over or incident.status == Status.ACKNOWLEDGED
    steps = [
        ("receive", _("Receive"), True, _("Read the alert.")),
        ("acknowledge", _("Acknowledge"), is_acknowledged, _("Tell everybody that you have it.")),
        ("assess", _("Assess"), is_over or is_judged, _("Look at pods, events and logs of the service.")),
        ("judge", _("Judge"), is_over or is_judged, _("Is the severity right? Judge it by the definitions.")),
        ("act", _("Act"), is_over or is_mitigated, _("Mitigate by the runbook that fits.")),
        (
            "resolve",
            _("Resolve or escalate"),
            is_over,
            _("Not resolved within 30 minutes: escalate and go on helping."),
        ),
    ]
    states, is_found = [], False
    for key, label, is_done, description in steps:
        state = "done" if is_done and not is_found else "todo" if is_found else "current"
        is_found = is_found or state == "current"
        states.append(GuideStep(key, label, state, description))
    return states


def room_context(incident: Incident, user: User, shell: Shell, mitigations: MitigationPanel) -> dict[str, Any]:
    """Everything a room shows, for the page and its live parts alike."""
    now = shell.server_now
    clocks = clock_views(incident.clocks.filter(cycle=incident.cycle), now=now)
    people = sorted(incident.people.all(), key=lambda person: person.name)
    levels = levels_of(incident.escalation_policy_id, now)
    current = level_of([person.pagerduty_id for person in people], levels)
    messages = list(incident.outbox.select_related("requested_by").order_by("-pk")[:20])
    timeline = timeline_of(incident)
    of_cycle = [entry for entry in timeline.entries if entry.occurred_at >= incident.cycle_started_at]
    return {
        "shell": shell,
        "incident": incident,
        "people": people,
        "tripwires": tripwires(service=incident.service.name, title=incident.title, triggered_at=incident.triggered_at),
        "helping": incident.helping(person.pagerduty_id for person in people),
        "clocks": clocks,
        "entries": timeline.entries,
        "has_earlier": timeline.has_earlier,
        "kinds": sorted({(entry.kind, EntryKind(entry.kind).label) for entry in timeline.entries}),
        "steps": steps_of(
            incident,
            is_judged=any(entry.kind == EntryKind.SEVERITY_JUDGED and entry.actor_id for entry in of_cycle),
            is_mitigated=mitigations.has_succeeded,
        ),
        "updates": update_panel(incident, now),
        "pending": [message for message in messages if message.state == OutboxState.WAITING],
        "refusals": _standing_refusals(messages),
        "can_act": user.has_role(Role.RESPONDER),
        "reassign_form": ReassignForm(),
        "snooze_form": SnoozeForm(),
        "current_level": current,
        "next_level": next((level for level in levels if level.level > current), None),
        "has_acknowledged": _has_acknowledged(incident, user, of_cycle),
        "is_responding": any(entry.kind == EntryKind.RESPONDING and entry.actor_id == user.pk for entry in of_cycle),
    }


def _has_acknowledged(incident: Incident, user: User, of_cycle: list[TimelineEntry]) -> bool:
    """Whether the user acknowledged in this cycle, given oldest first, and it has not expired since."""
    if incident.status != Status.ACKNOWLEDGED:
        return False
    stands = False
    for entry in of_cycle:
        if entry.kind == EntryKind.UNACKNOWLEDGED:
            stands = False
        elif entry.kind == EntryKind.ACKNOWLEDGED:
            stands = stands or entry.actor_pagerduty_id == (user.pagerduty_id or "-")
    return stands


def _standing_refusals(messages: list[OutboxMessage]) -> list[OutboxMessage]:
    """Refused messages, newest first, unless the same verb was asked for again since."""
    seen: set[str] = set()
    standing = []
    for message in messages:
        if message.state == OutboxState.REFUSED and message.verb not in seen:
            standing.append(message)
        seen.add(message.verb)
    return standing


def find(number: int) -> Incident:
    """The incident with what its room shows. Raises Http404."""
    parts = Incident.objects.select_related("service", "merged_into", "review").prefetch_related("people")
    return get_object_or_404(parts, pk=number)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The whole room."""
    return show_room(request, number)


def show_room(
    request: HttpRequest,
    number: int,
    *,
    note_form: NoteForm | None = None,
    judge_form: JudgeForm | None = None,
    update_form: UpdateForm | None = None,
    preview: object = None,
    status: int = 200,
) -> HttpResponse:
    """The whole room, with what was typed in a composer or the judging form where that is given."""
    user = signed_in(request)
    incident, shell = find(number), Shell(user)
    sides = sides_of(request, incident)
    context = room_context(incident, user, shell, sides["mitigations"]) | sides
    context |= judging_context(incident, user, shell, judge_form)
    context |= updating_context(incident, user, context["updates"], shell, update_form)
    context |= {"note_form": note_form or NoteForm(), "preview": preview}
    return render(request, "incidents/room.html", context, status=status)


def updating_context(
    incident: Incident, user: User, panel: UpdatePanel, shell: Shell, update_form: UpdateForm | None
) -> dict[str, Any]:
    """What the composer of an update shows, to those who may send one."""
    if not user.has_role(Role.RESPONDER):
        return {}
    form = update_form
    if form is None:
        form = UpdateForm(initial=asdict(beginning_of(incident, panel, shell.server_now)))
    return {
        "update_form": form,
        "is_composing": update_form is not None,
        "longest_update": LONGEST_UPDATE,
        "channel_choices": channel_choices(user, form["channels"].value() or []),
        "told_here": told_here(incident, user),
    }


def judging_context(
    incident: Incident, user: User, shell: Shell, judge_form: JudgeForm | None = None
) -> dict[str, Any]:
    """What the judging form shows. A resolved incident is judged by managers alone."""
    return {
        "judge_form": judge_form or JudgeForm(initial={"severity": incident.severity, "seen": incident.severity}),
        "choices": choices_of(incident, now=shell.server_now),
        "can_judge": user.has_role(Role.RESPONDER if incident.is_open else Role.MANAGER),
    }


def sides_of(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    """What was captured, which changes to suspect, the runbook that the address names by its slug, else the one that fits,
    and what can be done."""
    evidence = evidence_panel(incident)
    chosen, language = request.GET.get("runbook", ""), get_language() or "en"
    runbook = runbook_panel(incident, evidence.entry, chosen=chosen, language=language)
    guide = [(shown.step.verb, shown.step.parameters) for shown in runbook.steps if shown.step.verb is not None]
    return {
        "evidence": evidence,
        "suspects": suspects_panel(incident, evidence.entry),
        "in_room": True,
        "runbook_panel": runbook,
        "mitigations": mitigation_panel(incident, evidence.entry, guide),
    }


@requires(Role.VIEWER)
@require_safe
def live(request: HttpRequest, number: int) -> HttpResponse:
    """What changes in a room, each part swapped by its id; the composer is not among them."""
    user = signed_in(request)
    incident = find(number)
    sides = sides_of(request, incident)
    context = room_context(incident, user, Shell(user), sides["mitigations"]) | sides
    # Evidence is large: a page that has it as it stands says so.
    context |= {"has_evidence": request.GET.get("evidence", "")}
    return render(request, "incidents/room.html#live", context)
