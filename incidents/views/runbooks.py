"""Runbooks: the list, one to read, and the one an incident room works by."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from cluster.models import CatalogueEntry
from cluster.selectors import entry_of
from incidents.markdown import render as render_markdown
from incidents.models import Incident
from incidents.runbook_panel import ShownStep, runbook_address, runbook_panel
from incidents.runbooks import Runbook, library
from incidents.services.tick_step import UnknownStep, tick_step, untick_step
from incidents.views.acts import act_of, say
from incidents.views.room import find


@dataclass(frozen=True)
class Listed:
    """A runbook in the list, with the services for which the catalogue names it."""

    runbook: Runbook
    named_for: list[str]


@requires(Role.VIEWER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every runbook, when it applies and to which services; the broken ones for managers."""
    entries = list(CatalogueEntry.objects.values_list("name", "runbooks"))
    known = library()
    is_manager = signed_in(request).has_role(Role.MANAGER)
    context = {
        "listed": [
            Listed(runbook, [name for name, slugs in entries if runbook.slug in slugs])
            for runbook in known.in_language(_language())
        ],
        "problems": known.problems if is_manager else (),
    }
    return render(request, "incidents/runbooks.html", context)


@requires(Role.VIEWER)
@require_safe
def read(request: HttpRequest, slug: str) -> HttpResponse:
    """One runbook, to read."""
    runbook = library().get(slug, _language())
    if runbook is None:
        raise Http404
    context = {
        "runbook": runbook,
        "steps": [ShownStep(number, step, step.text, None) for number, step in enumerate(runbook.steps, 1)],
        "html": render_markdown(runbook.body, resolve=runbook_address),
    }
    return render(request, "incidents/runbook.html", context)


@requires(Role.VIEWER)
@require_safe
def open_other(request: HttpRequest, number: int) -> HttpResponse:
    """The room's runbook panel with another runbook; the address that the browser shows keeps the choice."""
    slug = request.GET.get("runbook", "")
    return replace_url(_panel(request, find(number), slug), _room_with(number, slug))


@requires(Role.RESPONDER)
@require_POST
def tick(request: HttpRequest, number: int, slug: str, key: str) -> HttpResponse:
    """Ticks a step, or takes its tick back where the form says `take_back`."""
    act, text = act_of(request, number), ""
    try:
        if request.POST.get("take_back"):
            untick_step(act=act, slug=slug, key=key)
        else:
            ticked = tick_step(act=act, slug=slug, key=key)
            if ticked.tick.ticked_by != act.actor:
                text = _("%(name)s ticked that before you.") % {"name": ticked.tick.ticked_by.display_name}
    except (Incident.DoesNotExist, UnknownStep) as error:
        raise Http404 from error
    if is_htmx(request):
        return _panel(request, find(number), request.POST.get("chosen", ""), text=text)
    return say(request, number, "info" if text else "success", text or _("Noted on the timeline."))


def _panel(request: HttpRequest, incident: Incident, chosen: str, *, text: str = "") -> HttpResponse:
    entry = entry_of(incident.service.pagerduty_id)
    context = {
        "incident": incident,
        "runbook_panel": runbook_panel(incident, entry, chosen=chosen, language=_language()),
        "can_act": signed_in(request).has_role(Role.RESPONDER),
        "level": "info",
        "text": text,
    }
    return render(request, "incidents/room.html#runbook", context)


def _room_with(number: int, slug: str) -> str:
    return reverse("incidents:room", args=[number], query={"runbook": slug} if slug else None)


def _language() -> str:
    return get_language() or "en"
