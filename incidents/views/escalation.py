"""Who is next, and what happens at the escalate clock's deadline, service by service."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.enums import Escalation
from incidents.escalation import escalation_of_services
from incidents.forms import EscalationForm
from incidents.models import Service
from incidents.policies import latest_policy
from incidents.services.escalate_unresolved import ESCALATED_WITHIN
from incidents.services.set_escalation import StaleEscalation, set_escalation
from incidents.shell import Shell


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Every service with its levels and its switch."""
    return _page(request)


def _page(request: HttpRequest, *, warning: str = "", status: int = 200) -> HttpResponse:
    user = signed_in(request)
    shell = Shell(user)
    policy = latest_policy().policy
    context = {
        "shell": shell,
        "services": escalation_of_services(shell.server_now),
        "lengths": [(severity, target.escalate_within) for severity, target in sorted(policy.targets.items())],
        "at_risk_percent": policy.at_risk_percent,
        "sender": settings.PAGERDUTY_FROM,
        "escalated_within": ESCALATED_WITHIN,
        "modes": list(Escalation),
        "can_edit": user.has_role(Role.MANAGER),
        "warning": warning,
    }
    return render(request, "incidents/escalation.html", context, status=status)


@requires(Role.MANAGER)
@require_POST
def switch(request: HttpRequest, service_id: int) -> HttpResponse:
    """Automatic or remind only, for one service. 409 with both where somebody was faster."""
    form = EscalationForm(request.POST)
    if not form.is_valid():
        return _page(request, warning=_("Choose one of the two; nothing was changed."), status=422)
    try:
        service = set_escalation(actor=signed_in(request), service_id=service_id, **form.cleaned_data)
    except Service.DoesNotExist as error:
        raise Http404 from error
    except StaleEscalation as stale:
        words = _("Somebody switched it to “%(theirs)s” meanwhile; you chose “%(yours)s”. Nothing was overwritten.")
        told = {"theirs": stale.theirs.label, "yours": form.cleaned_data["escalation"].label}
        return _page(request, warning=words % told, status=409)
    if service is not None:
        words = _("%(service)s: %(mode)s, from now on.")
        messages.success(request, words % {"service": service.name, "mode": service.get_escalation_display()})
    return redirect("incidents:escalation")
