"""The status page: what stakeholders read, and what they want to be told of."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.models import User
from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.forms import UpdateTemplateForm
from incidents.models import Service, Subscription
from incidents.services.edit_update_template import StaleTemplate, edit_update_template
from incidents.services.subscribe import subscribe
from incidents.stakeholders import Template, status_page, templates
from incidents.updates.kinds import UpdateOccasion
from incidents.updates.words import PLACES


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Open incidents, what was told of them and of the last seven days, and who is told."""
    user = signed_in(request)
    subscriptions = list(Subscription.objects.filter(user__is_active=True).select_related("user", "service"))
    mine = {each.service_id for each in subscriptions if each.user_id == user.pk}
    context: dict[str, Any] = {
        "status": status_page(database_now()),
        "services": [(service, service.pk in mine) for service in Service.objects.all()],
        "hears_all": None in mine,
        "told": _told(subscriptions),
        "can_edit": user.has_role(Role.MANAGER),
    }
    return render(request, "incidents/status.html", context)


def _told(subscriptions: list[Subscription]) -> list[tuple[User, list[str]]]:
    """Who hears of what, by name; an empty list stands for everything."""
    told: dict[User, list[str]] = {}
    for each in sorted(subscriptions, key=lambda each: (each.user.display_name, each.user_id)):
        told.setdefault(each.user, []).append(each.service.name if each.service else "")
    return [(user, [] if "" in names else sorted(names)) for user, names in told.items()]


@requires(Role.VIEWER)
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """What changes of it, for a page that is open."""
    return render(request, "incidents/status.html#now", {"status": status_page(database_now())})


@requires(Role.VIEWER)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Has the reader told of every update, or of those about a service, or not any more."""
    wanted = request.POST.get("service", "")
    if wanted and not (wanted.isdecimal() and len(wanted) < 19):
        raise Http404
    service = get_object_or_404(Service, pk=int(wanted)) if wanted else None
    is_wanted = request.POST.get("do") == "subscribe"
    subscribe(user=signed_in(request), service=service, is_wanted=is_wanted)
    messages.success(
        request, _("You are told of it from now on.") if is_wanted else _("You are not told of it any more.")
    )
    return redirect("incidents:status")


@requires(Role.MANAGER)
@require_safe
def show_templates(request: HttpRequest) -> HttpResponse:
    """The words that updates begin with."""
    return _templates_page(request)


@requires(Role.MANAGER)
@require_POST
def store_template(request: HttpRequest, occasion: str) -> HttpResponse:
    """Stores one; 422 with the reason, 409 with both versions, and what was typed stays."""
    if occasion not in UpdateOccasion.values:
        raise Http404
    which, form = UpdateOccasion(occasion), UpdateTemplateForm(request.POST, prefix=occasion)
    if not form.is_valid():
        return _templates_page(request, sent=(which, form), status=422)
    try:
        stored = edit_update_template(actor=signed_in(request), occasion=which, **form.cleaned_data)
    except StaleTemplate as stale:
        sent = request.POST.copy()
        sent[f"{occasion}-based_on"] = str(stale.theirs.version)
        form = UpdateTemplateForm(sent, prefix=occasion)
        return _templates_page(request, sent=(which, form), stale=stale, status=409)
    if stored is None:
        messages.info(request, _("Nothing was changed, so no new version was stored."))
    else:
        messages.success(request, _("Stored. Updates begin with these words from now on."))
    return redirect("incidents:update_templates")


def _templates_page(
    request: HttpRequest,
    *,
    sent: tuple[UpdateOccasion, UpdateTemplateForm] | None = None,
    stale: StaleTemplate | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = [(each, sent[1] if sent and sent[0] is each.occasion else _form_of(each)) for each in templates()]
    context = {
        "rows": rows,
        "places": PLACES.items(),
        "theirs": stale.theirs if stale else None,
        "sent": sent[0] if sent else None,
    }
    return render(request, "incidents/update_templates.html", context, status=status)


def _form_of(template: Template) -> UpdateTemplateForm:
    initial = {"text": template.text, "based_on": template.version}
    return UpdateTemplateForm(initial=initial, prefix=template.occasion)
