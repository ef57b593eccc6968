"""The service catalogue: where each PagerDuty service runs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from cluster.forms import EntryForm
from cluster.models import CatalogueEntry, ClusterState
from cluster.selectors import suggestions
from cluster.services.edit_entry import StaleEntry, edit_entry


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """All services, what points nowhere, what runs and is no service, and what the portal may not do."""
    entries, states = list(CatalogueEntry.objects.all()), list(ClusterState.objects.all())
    context = {
        "entries": entries,
        "states": states,
        "suggestions": suggestions(entries, states),
        "can_edit": signed_in(request).has_role(Role.MANAGER),
    }
    return render(request, "cluster/catalogue.html", context)


@requires(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, entry_id: int) -> HttpResponse:
    """The form of one entry; 422 with the reasons, 409 with both versions; what was typed stays."""
    entry = get_object_or_404(CatalogueEntry, pk=entry_id)
    if request.method != "POST":
        return _page(request, entry, EntryForm(instance=entry, initial={"seen_version": entry.version}))
    # Validating writes into the instance: it gets one of its own.
    form = EntryForm(request.POST, instance=CatalogueEntry.objects.get(pk=entry.pk))
    if not form.is_valid():
        return _page(request, entry, form, status=422)
    values = dict(form.cleaned_data)
    seen_version = values.pop("seen_version")
    try:
        edit_entry(actor=signed_in(request), entry_id=entry.pk, seen_version=seen_version, values=values)
    except StaleEntry as stale:
        sent = request.POST.copy()
        sent["seen_version"] = str(stale.theirs.version)
        return _page(request, stale.theirs, EntryForm(sent, instance=entry), theirs=stale.theirs, status=409)
    messages.success(request, _("Stored. Whether it points anywhere is being looked up."))
    return redirect("cluster:catalogue")


def _page(
    request: HttpRequest,
    entry: CatalogueEntry,
    form: EntryForm,
    *,
    theirs: CatalogueEntry | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "entry": entry,
        "form": form,
        "theirs": theirs,
        "their_values": [
            (form.fields[name].label, form.fields[name].prepare_value(getattr(theirs, name)))
            for name in form.Meta.fields
        ]
        if theirs
        else [],
        "deployments": sorted({each["name"] for state in ClusterState.objects.all() for each in state.workloads}),
    }
    return render(request, "cluster/entry.html", context, status=status)
