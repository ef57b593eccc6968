"""Past handoffs, and one as a file or in the team's channel."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.views.handoff import find_handoff, handoff_url
from integrations.text import clean_text
from shifts.handoff.exports import SHAPES, file_name
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import may_read, report_of, signed_handoffs
from shifts.services.post_handoff import request_post

PER_PAGE = 50


@requires(Role.VIEWER)
@require_safe
def past(request: HttpRequest) -> HttpResponse:
    """Every signed report, the newest first; `?words=` searches lines and names."""
    words = clean_text(request.GET.get("words", ""), limit=200).strip()
    pages = Paginator(signed_handoffs(words), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "incidents/handoffs.html", {"page": page, "words": words})


@requires(Role.VIEWER)
@require_safe
def export(request: HttpRequest, handoff_id: int, shape: str) -> HttpResponse:
    """The report as a file; a draft only for its author."""
    handoff = find_handoff(handoff_id)
    if shape not in SHAPES or not may_read(handoff, signed_in(request)):
        raise Http404
    report, chosen = report_of(handoff), SHAPES[shape]
    file = HttpResponse(chosen.render(report), content_type=chosen.content_type)
    file["Content-Disposition"] = f'attachment; filename="{file_name(report)}.{shape}"'
    return file


@requires(Role.RESPONDER)
@require_POST
def post(request: HttpRequest, handoff_id: int) -> HttpResponse:
    """Has a signed report posted to the team's channel."""
    handoff = find_handoff(handoff_id)
    if not may_read(handoff, signed_in(request)):
        raise Http404
    try:
        is_new = request_post(actor=signed_in(request), handoff_id=handoff_id)
    except CannotHandOver as refusal:
        messages.warning(request, refusal.text)
    else:
        messages.success(request, _("On its way to Slack.") if is_new else _("Slack has it, or is about to."))
    return redirect(f"{handoff_url(handoff)}#export")
