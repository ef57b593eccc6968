"""Telling the stakeholders from a room: one update, looked at in every channel before it goes out."""

from dataclasses import dataclass
from html import unescape

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.database_time import database_now
from accounts.models import User
from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from incidents.act_refusals import CannotAct
from incidents.enums import Severity
from incidents.forms import UpdateForm
from incidents.models import Incident
from incidents.services.send_update import send_update
from incidents.stakeholders import Draft, Finished, finish, team_zone
from incidents.updates.kinds import UpdateChannel, UpdateState
from incidents.updates.slack import UpdateFacts, slack_update
from incidents.views.acts import act_of
from incidents.views.room import find, show_room

#: Beside which field of the form a refusal stands; all others stand beside the words.
FIELD_OF = {"bad_next": "minutes", "no_channel": "channels", "channel_away": "channels", "no_address": "channels"}


@dataclass(frozen=True)
class Preview:
    """How an update would read if it were sent now; `slack_head`, `slack_foot` as the team's channel shows them."""

    finished: Finished
    state: UpdateState
    channels: frozenset[UpdateChannel]
    sender: str
    slack_head: str
    slack_foot: list[str]


@requires(Role.RESPONDER)
@require_POST
def send(request: HttpRequest, number: int) -> HttpResponse:
    """Sends it. A refused one comes back in the room with everything that was typed and the reason."""
    form = UpdateForm(request.POST)
    if form.is_valid():
        try:
            send_update(act=act_of(request, number), draft=form.draft)
        except CannotAct as refusal:
            form.add_error(FIELD_OF.get(refusal.reason, "text"), refusal.text)
        except Incident.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("The stakeholders are told. Below stands how each channel took it."))
            return redirect(f"{find(number).get_absolute_url()}#room-updates")
    return show_room(request, number, update_form=form, status=422)


@requires(Role.RESPONDER)
@require_POST
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """How it would read in every channel: beside the form as it is typed, or without JavaScript in the whole room."""
    form, incident = UpdateForm(request.POST), find(number)
    found: Preview | None = None
    if form.is_valid():
        try:
            found = _preview(incident, signed_in(request), form.draft)
        except CannotAct as refusal:
            form.add_error(FIELD_OF.get(refusal.reason, "text"), refusal.text)
    status = 422 if found is None else 200
    if is_htmx(request):
        errors = [error for each in form.errors.values() for error in each]
        context = {"preview": found, "errors": errors, "incident": incident}
        return render(request, "incidents/_update_composer.html#preview", context, status=status)
    return show_room(request, number, update_form=form, preview=found, status=status)


def _preview(incident: Incident, user: User, draft: Draft) -> Preview:
    """Made by what sends it, so that it cannot read otherwise. Raises CannotAct."""
    now = database_now()
    finished = finish(draft, now=now)
    with translation.override(settings.PORTAL_LANGUAGE):
        blocks = slack_update(
            UpdateFacts(
                state=draft.state,
                severity=Severity(incident.severity),
                service=incident.service.name,
                text=finished.text,
                author=user.display_name,
                sent_at=now,
                next_due_at=finished.next_due_at,
                zone=team_zone(),
            )
        ).blocks
    return Preview(
        finished=finished,
        state=draft.state,
        channels=draft.channels,
        sender=user.display_name,
        slack_head=unescape(blocks[0]["text"]["text"]).strip("*").removeprefix(":mega:").strip(),
        slack_foot=[unescape(each["text"]).replace("*", "") for each in blocks[2]["fields"]],
    )
