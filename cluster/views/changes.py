"""What was changed, and the maintenance that people enter."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from cluster.enums import ChangeKind
from cluster.forms import MaintenanceForm
from cluster.models import CatalogueEntry, Change
from cluster.selectors import changes_around, maintenance_ahead
from cluster.services.plan_maintenance import cancel_maintenance
from cluster.services.plan_maintenance import plan_maintenance as enter

#: The page goes back so far, and shows so many.
SHOWN_FOR = timedelta(days=7)
MOST_SHOWN = 200


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The last week's changes, newest first, and what is planned."""
    return _page(request)


def _page(request: HttpRequest, form: MaintenanceForm | None = None, *, status: int = 200) -> HttpResponse:
    now = database_now()
    services = _services()
    asked = {
        "kind": request.GET.get("kind", "") if request.GET.get("kind") in ChangeKind.values else "",
        "service": request.GET.get("service", "")[:255],
    }
    found = changes_around(since=now - SHOWN_FOR, until=now, most=MOST_SHOWN, **asked)
    context = {
        "changes": found,
        "is_cut": len(found) == MOST_SHOWN,
        "planned": list(maintenance_ahead(now)),
        "now": now,
        "form": form or MaintenanceForm(services=services, now=now),
        "services": services,
        "kinds": ChangeKind.choices,
        "asked": asked,
        "can_plan": signed_in(request).has_role(Role.RESPONDER),
    }
    return render(request, "cluster/changes.html", context, status=status)


def _services() -> list[str]:
    return list(CatalogueEntry.objects.order_by("name").values_list("name", flat=True))


@requires(Role.RESPONDER)
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Enters maintenance; 422 with the reasons, and what was typed stays."""
    form = MaintenanceForm(request.POST, services=_services(), now=database_now())
    if not form.is_valid():
        return _page(request, form, status=422)
    _change, is_new = enter(actor=signed_in(request), **form.cleaned_data)
    if is_new:
        messages.success(request, _("Entered. An incident of that time will show it."))
    else:
        messages.info(request, _("That stands already, so nothing more was entered."))
    return redirect("cluster:changes")


@requires(Role.RESPONDER)
@require_POST
def cancel(request: HttpRequest, change_id: int) -> HttpResponse:
    """Calls maintenance off, or ends it now."""
    try:
        is_done = cancel_maintenance(actor=signed_in(request), change_id=change_id)
    except Change.DoesNotExist as error:
        raise Http404 from error
    if is_done:
        messages.success(request, _("The maintenance is over."))
    else:
        messages.info(request, _("It was over already; nothing was changed."))
    return redirect("cluster:changes")
