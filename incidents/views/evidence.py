"""Evidence: its page, which compares captures and works without JavaScript; asking for it anew; its lines and pictures."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from cluster.enums import EvidenceKind
from incidents.act_refusals import CannotAct
from incidents.evidence_panel import evidence_panel
from incidents.log_lines import mentions_error
from incidents.models import EvidencePart, Incident
from incidents.services.request_capture import request_capture
from incidents.shell import Shell
from incidents.suspects_panel import suspects_panel
from incidents.views.acts import act_of, say
from incidents.views.room import find

#: More digits than any capture's number has.
_LONGEST_NUMBER = 9


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The evidence as it is now, or one capture (`capture`), beside another (`compare`)."""
    user, incident = signed_in(request), find(number)
    wanted = _number(request.GET.get("capture", ""))
    panel = evidence_panel(incident, number=wanted, compare_with=_number(request.GET.get("compare", "")))
    if wanted is not None and panel.chosen is None:
        raise Http404
    return render(
        request,
        "incidents/evidence.html",
        {
            "shell": Shell(user),
            "incident": incident,
            "evidence": panel,
            "suspects": suspects_panel(incident, panel.entry),
            "can_act": user.has_role(Role.RESPONDER),
        },
    )


def _number(text: str) -> int | None:
    """A capture's number from the address; "" and what is none are no wish."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else None


@requires(Role.RESPONDER)
@require_POST
def capture(request: HttpRequest, number: int) -> HttpResponse:
    """Asks for evidence of the kinds named, or of all."""
    named = request.POST.getlist("kind")
    kinds = [EvidenceKind(kind) for kind in named if kind in EvidenceKind.values]
    if named and not kinds:
        return say(
            request, number, "warning", _("There is no such kind of evidence; nothing was asked for."), status=409
        )
    try:
        request_capture(act=act_of(request, number), kinds=kinds)
    except CannotAct as refusal:
        return say(request, number, "warning", refusal.text, status=409)
    except Incident.DoesNotExist as error:
        raise Http404 from error
    return say(request, number, "success", _("Looking; it will be here in a few seconds."))


def _part(number: int, capture_number: int, kind: EvidenceKind) -> EvidencePart:
    """Raises Http404."""
    parts = EvidencePart.objects.select_related("capture__incident")
    return get_object_or_404(parts, capture__incident=number, capture__number=capture_number, kind=kind)


@requires(Role.VIEWER)
@require_safe
def raw(request: HttpRequest, number: int, capture_number: int, key: int) -> HttpResponse:
    """The last lines of one log as they are; for htmx the lines alone."""
    part = _part(number, capture_number, EvidenceKind.LOGS)
    log = next((log for log in part.data.get("logs", []) if log["raw"] == str(key)), None)
    lines = part.data.get("raw", {}).get(str(key))
    if log is None or lines is None:
        raise Http404
    context = {
        "incident": part.capture.incident,
        "capture": part.capture,
        "pod": log["pod"],
        "container": log["container"],
        "lines": [(line, mentions_error(line)) for line in lines],
    }
    if is_htmx(request):
        return render(request, "incidents/evidence_raw.html#lines", context)
    return render(request, "incidents/evidence_raw.html", context | {"shell": Shell(signed_in(request))})


# A capture never changes.
@requires(Role.VIEWER)
@require_safe
@cache_control(private=True, max_age=86_400, immutable=True)
def image(_request: HttpRequest, number: int, capture_number: int) -> HttpResponse:
    """Grafana's panel as it was drawn."""
    part = _part(number, capture_number, EvidenceKind.GRAFANA)
    if part.image is None:
        raise Http404
    return HttpResponse(bytes(part.image), content_type="image/png", headers={"Content-Disposition": "inline"})
