"""What is to be done after an incident: follow-ups, added, said otherwise, done, taken away. Each act calls one service."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.roles import Role, requires
from accounts.views import signed_in
from accounts.views.saving import version_seen
from incidents.forms import new_key
from incidents.models import FollowUp
from incidents.review_forms import FollowUpForm, people_choices
from incidents.services.keep_follow_ups import (
    StaleFollowUp,
    add_follow_up,
    change_follow_up,
    mark_follow_up,
    remove_follow_up,
)
from incidents.views.review import FollowUpRow, Trouble, act_on, find_incident, page_of
from integrations.text import clean_text


@requires(Role.RESPONDER)
@require_POST
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Another follow-up. What could not be stored stays in the form."""
    find_incident(number)
    form = FollowUpForm(request.POST, people=people_choices(), auto_id="add-%s")
    if not form.is_valid():
        return page_of(request, number, Trouble(added=form), status=422)
    key = clean_text(request.POST.get("key", ""), limit=40) or new_key()
    return act_on(
        request,
        number,
        lambda: add_follow_up(actor=signed_in(request), number=number, key=key, **_typed(form)),
        anchor="follow-ups",
        added=form,
    )


@requires(Role.RESPONDER)
@require_POST
def change(request: HttpRequest, number: int, follow_up_id: int) -> HttpResponse:
    """Says a follow-up otherwise; 409 with both where somebody else was faster."""
    follow_up = _follow_up(number, follow_up_id)
    form = FollowUpForm(request.POST, people=people_choices(), auto_id=f"follow-up-{follow_up_id}-%s")
    row = FollowUpRow(follow_up, form) if follow_up else None
    if not form.is_valid():
        return page_of(request, number, Trouble(changed=row, added=None if row else form), status=422)
    try:
        return act_on(
            request,
            number,
            lambda: change_follow_up(
                actor=signed_in(request),
                follow_up_id=follow_up_id,
                expected_version=version_seen(request),
                **_typed(form),
            ),
            anchor="follow-ups",
            changed=row,
            added=None if row else form,
        )
    except StaleFollowUp as stale:
        return page_of(request, number, Trouble(changed=FollowUpRow(stale.theirs, form, stale.theirs)), status=409)


@requires(Role.RESPONDER)
@require_POST
def mark(request: HttpRequest, number: int, follow_up_id: int) -> HttpResponse:
    """Done, or not done after all."""
    _follow_up(number, follow_up_id)
    is_done = request.POST.get("do") == "done"
    return act_on(
        request,
        number,
        lambda: mark_follow_up(actor=signed_in(request), follow_up_id=follow_up_id, is_done=is_done),
        anchor="follow-ups",
    )


@requires(Role.RESPONDER)
@require_POST
def remove(request: HttpRequest, number: int, follow_up_id: int) -> HttpResponse:
    """Takes a follow-up away, unless somebody changed it meanwhile."""
    _follow_up(number, follow_up_id)
    try:
        return act_on(
            request,
            number,
            lambda: remove_follow_up(
                actor=signed_in(request), follow_up_id=follow_up_id, expected_version=version_seen(request)
            ),
            done=_("Removed; the timeline keeps that it was there."),
            anchor="follow-ups",
        )
    except StaleFollowUp:
        refusal = _("Somebody changed this follow-up meanwhile, so it was not removed. This is how it stands now.")
        return page_of(request, number, Trouble(refusal=refusal), status=409)


def _follow_up(number: int, follow_up_id: int) -> FollowUp | None:
    """The incident's follow-up; None where it is gone. One of another incident is not found."""
    found = FollowUp.objects.select_related("review", "owner").filter(pk=follow_up_id).first()
    if found is not None and found.review.incident_id != number:
        raise Http404
    return found


def _typed(form: FollowUpForm) -> dict[str, Any]:
    due_on: date = form.cleaned_data["due_on"]
    return {"text": form.cleaned_data["text"], "owner_id": form.cleaned_data["owner"], "due_on": due_on}
