"""What responders do on a page. Each view reads a form and calls one service; the answer is the room's live part, or a redirect."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.roles import Role, is_htmx, requires
from accounts.views import back, signed_in
from incidents.act_refusals import CannotAct
from incidents.forms import EscalateForm, NoteForm, ReassignForm, SnoozeForm
from incidents.models import Incident, OutboxMessage
from incidents.services import ask_pagerduty as ask
from incidents.services.ask_pagerduty import Act
from incidents.views.room import show_room
from integrations.text import clean_text


def act_of(request: HttpRequest, number: int) -> Act:
    """Who acts on what, with the page's key where it carries one."""
    key = clean_text(request.POST.get("idempotency_key", ""), limit=64)
    return Act(number=number, actor=signed_in(request), key=key)


def answer(request: HttpRequest, number: int, perform: Callable[[], object], *, done: str) -> HttpResponse:
    """Performs an act and says how it went: 200 with a notice, 409 where it makes no sense now, a redirect without htmx."""
    try:
        result = perform()
    except CannotAct as refusal:
        return say(request, number, "warning", refusal.text, status=409)
    except Incident.DoesNotExist as error:
        raise Http404 from error
    if result is None:
        return say(request, number, "info", _("That stands already, so nothing more was sent."))
    if isinstance(result, OutboxMessage) and result.requested_by != request.user:
        words = _("%(name)s asked for that before you. It is on its way to PagerDuty; nothing more was sent.")
        name = result.requested_by.display_name if result.requested_by else _("The SLA clock")
        return say(request, number, "info", words % {"name": name})
    return say(request, number, "success", done)


def say(request: HttpRequest, number: int, level: str, text: str, *, status: int = 200) -> HttpResponse:
    """A notice: as a fragment for htmx, else as a message on the page the person came from."""
    if is_htmx(request):
        return render(request, "incidents/room.html#notice", {"level": level, "text": text}, status=status)
    kinds = {"warning": messages.WARNING, "info": messages.INFO}
    messages.add_message(request, kinds.get(level, messages.SUCCESS), text)
    return back(request, otherwise=reverse("incidents:room", args=[number]))


@requires(Role.RESPONDER)
@require_POST
def respond(request: HttpRequest, number: int) -> HttpResponse:
    act = act_of(request, number)
    return answer(request, number, lambda: ask.respond_to_incident(act=act), done=_("You are on it."))


@requires(Role.RESPONDER)
@require_POST
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    act = act_of(request, number)
    return answer(request, number, lambda: ask.acknowledge_incident(act=act), done=_("Acknowledging in PagerDuty."))


@requires(Role.RESPONDER)
@require_POST
def resolve(request: HttpRequest, number: int) -> HttpResponse:
    act = act_of(request, number)
    return answer(request, number, lambda: ask.resolve_incident(act=act), done=_("Resolving in PagerDuty."))


@requires(Role.RESPONDER)
@require_POST
def escalate(request: HttpRequest, number: int) -> HttpResponse:
    form = EscalateForm(request.POST)
    if not form.is_valid():
        return say(request, number, "warning", _("Reload the page and try again; nothing was sent."), status=409)
    act, from_level = act_of(request, number), form.cleaned_data["from_level"]
    return answer(
        request,
        number,
        lambda: ask.escalate_incident(act=act, from_level=from_level),
        done=_("Escalating in PagerDuty. Go on helping until it is resolved."),
    )


@requires(Role.RESPONDER)
@require_POST
def reassign(request: HttpRequest, number: int) -> HttpResponse:
    form = ReassignForm(request.POST)
    if not form.is_valid():
        return say(request, number, "warning", _("Choose a person; nothing was sent."), status=409)
    act, person = act_of(request, number), form.cleaned_data["person"]
    return answer(
        request,
        number,
        lambda: ask.reassign_incident(act=act, person=person),
        done=_("Handing it to %(name)s in PagerDuty.") % {"name": person.name},
    )


@requires(Role.RESPONDER)
@require_POST
def snooze(request: HttpRequest, number: int) -> HttpResponse:
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return say(request, number, "warning", _("Choose how long; nothing was sent."), status=409)
    act, snooze_for = act_of(request, number), form.cleaned_data["duration"]
    return answer(
        request,
        number,
        lambda: ask.snooze_incident(act=act, snooze_for=snooze_for),
        done=_("Snoozing in PagerDuty. The clocks go on."),
    )


@requires(Role.RESPONDER)
@require_POST
def note(request: HttpRequest, number: int) -> HttpResponse:
    """A note. A refused one stays in the composer (htmx), or comes back in the room with its text and the reason."""
    form = NoteForm(request.POST)
    if form.is_valid():
        act, text = act_of(request, number), form.cleaned_data["text"]
        try:
            ask.add_note(act=act, text=text)
        except CannotAct as refusal:
            form.add_error("text", refusal.text)
        except Incident.DoesNotExist as error:
            raise Http404 from error
        else:
            return say(request, number, "success", _("Noted, and on its way to PagerDuty."))
    if is_htmx(request):
        return say(request, number, "warning", " ".join(map(str, form.errors.get("text", []))), status=422)
    return show_room(request, number, note_form=form, status=422)
