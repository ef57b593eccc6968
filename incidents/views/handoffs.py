"""Past handoffs, and one as a file."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Role, requires
from incidents.views.handoff import find_handoff, may_read
from integrations.text import clean_text
from shifts.handoff.exports import SHAPES, file_name
from shifts.handoffs import report_of, signed_handoffs

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
    if shape not in SHAPES or not may_read(request, handoff):
        raise Http404
    report, chosen = report_of(handoff), SHAPES[shape]
    file = HttpResponse(chosen.render(report), content_type=f"{chosen.media_type}; charset=utf-8")
    file["Content-Disposition"] = f'attachment; filename="{file_name(report)}.{shape}"'
    return file
