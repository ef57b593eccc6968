"""What the severities mean: read by everybody, written by managers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.definitions import Definition, definition_from, definitions
from incidents.enums import ClockKind, Severity
from incidents.forms import DefinitionForm, PriorityForm
from incidents.models import Priority, SeverityDefinition
from incidents.policies import latest_policy
from incidents.services.define_severity import StaleDefinition, StaleMapping, define_severity, map_priority

VERSIONS_SHOWN = 50


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """All four, with what the policy promises for each and the priority that stands for it."""
    return _page(request)


def _page(request: HttpRequest, *, warning: str = "", status: int = 200) -> HttpResponse:
    priorities = list(Priority.objects.all())
    mapped = {each.severity: each for each in priorities if each.severity}
    targets = latest_policy().policy.targets
    rows = [
        (each, list(zip(ClockKind, targets[each.severity].lengths, strict=True)), mapped.get(each.severity))
        for each in definitions()
    ]
    context = {
        "rows": rows,
        "priorities": priorities,
        "can_edit": signed_in(request).has_role(Role.MANAGER),
        "warning": warning,
    }
    return render(request, "incidents/severities.html", context, status=status)


def severity_or_404(name: str) -> Severity:
    """One of ours. Raises Http404."""
    try:
        return Severity(name)
    except ValueError as error:
        raise Http404 from error


@requires(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, severity: str) -> HttpResponse:
    """The form of one severity; 422 with the reasons, 409 with both versions; what was typed stays."""
    which = severity_or_404(severity)
    if request.method != "POST":
        stands = _definition_of(which)
        initial = {"criteria": stands.criteria, "examples": stands.examples, "based_on": stands.version}
        return _edit_page(request, which, DefinitionForm(initial=initial))
    form = DefinitionForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, which, form, status=422)
    try:
        stored = define_severity(actor=signed_in(request), severity=which, **form.cleaned_data)
    except StaleDefinition as stale:
        sent = request.POST.copy()
        sent["based_on"] = str(stale.theirs.version)
        return _edit_page(request, which, DefinitionForm(sent), theirs=stale.theirs, status=409)
    if stored is None:
        messages.info(request, _("Nothing was changed, so no new version was stored."))
    else:
        messages.success(request, _("Stored. Whoever judges an incident from now on reads these words."))
    return redirect("incidents:severities")


def _definition_of(severity: Severity) -> Definition:
    row = SeverityDefinition.objects.filter(severity=severity).order_by("-version").first()
    return definition_from(severity, row)


def _edit_page(
    request: HttpRequest,
    severity: Severity,
    form: DefinitionForm,
    *,
    theirs: SeverityDefinition | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = SeverityDefinition.objects.filter(severity=severity).select_related("created_by").order_by("-version")
    context = {
        "severity": severity,
        "form": form,
        "theirs": theirs,
        "versions": versions[:VERSIONS_SHOWN],
        "first": definition_from(severity, None),
    }
    return render(request, "incidents/severity.html", context, status=status)


@requires(Role.MANAGER)
@require_POST
def set_priority(request: HttpRequest, severity: str) -> HttpResponse:
    """Which of PagerDuty's priorities stands for the severity. 409 with both where somebody was faster."""
    which, form = severity_or_404(severity), PriorityForm(request.POST)
    if not form.is_valid():
        return _page(request, warning=_("PagerDuty has no such priority any more; nothing was changed."), status=422)
    wanted = form.cleaned_data["priority"]
    none = pgettext("a priority", "none")
    try:
        is_new = map_priority(
            actor=signed_in(request),
            severity=which,
            priority_id=wanted.pagerduty_id if wanted else "",
            seen=form.cleaned_data["seen"],
        )
    except StaleMapping as stale:
        words = _("Somebody chose %(theirs)s for %(severity)s meanwhile; you chose %(yours)s. Nothing was overwritten.")
        told = {
            "theirs": stale.theirs.name if stale.theirs else none,
            "severity": which,
            "yours": wanted.name if wanted else none,
        }
        return _page(request, warning=words % told, status=409)
    except Priority.DoesNotExist:
        return _page(request, warning=_("PagerDuty has no such priority any more; nothing was changed."), status=422)
    if is_new:
        words = _("%(severity)s is PagerDuty's priority %(priority)s from now on.")
        messages.success(request, words % {"severity": which, "priority": wanted.name if wanted else none})
    return redirect("incidents:severities")
