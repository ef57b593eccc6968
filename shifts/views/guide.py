"""The guide's pages: tools, support, emergency contacts. Read by everybody, written by managers, with everything they ever said."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from shifts.contacts import confirmations_of
from shifts.enums import GuideKind, PreflightItem
from shifts.guide_forms import GuideForm
from shifts.guide_words import OBSTACLES, differences
from shifts.models import GuideEntry
from shifts.preflight.rules import STALE_AFTER
from shifts.services.edit_guide import (
    GuideLine,
    StaleEntry,
    add_guide_entry,
    edit_guide_entry,
    move_guide_entry,
    remove_guide_entry,
)
from shifts.services.give_word import confirm_contact
from shifts.services.preparing import CannotPrepare

PAGES = {"tools": GuideKind.TOOL, "support": GuideKind.SUPPORT, "contacts": GuideKind.CONTACT}
ADDRESSES = {kind: name for name, kind in PAGES.items()}
VERSIONS_SHOWN = 50
#: Tools are looked at every two minutes: what is so old says that nobody looks any more.
LIGHT_HOLDS_FOR = timedelta(minutes=10)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, page: str) -> HttpResponse:
    """One page."""
    return _page(request, _kind(page))


@requires(Role.MANAGER)
@require_POST
def add(request: HttpRequest, page: str) -> HttpResponse:
    """Writes a line. 422 with the reasons; what was typed stays."""
    kind = _kind(page)
    form = GuideForm(request.POST, kind=kind)
    if not form.is_valid():
        return _page(request, kind, form=form, status=422)
    add_guide_entry(actor=signed_in(request), kind=kind, line=form.line)
    messages.success(request, _("Stored."))
    return redirect("shifts:guide_page", page)


@requires(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, entry_id: int) -> HttpResponse:
    """The form of one line, with its history; 409 with both versions where somebody was faster."""
    entry = get_object_or_404(GuideEntry, pk=entry_id)
    kind = GuideKind(entry.kind)
    if request.method != "POST":
        form = GuideForm(initial={**entry.content, "version": entry.version}, kind=kind)
        return _edit_page(request, entry, form)
    form = GuideForm(request.POST, kind=kind)
    if not form.is_valid():
        return _edit_page(request, entry, form, status=422)
    try:
        seen = form.cleaned_data["version"] or 0
        edit_guide_entry(actor=signed_in(request), entry_id=entry_id, expected_version=seen, line=form.line)
    except StaleEntry as stale:
        return _stale(request, stale, kind)
    messages.success(request, _("Stored."))
    return redirect("shifts:guide_page", ADDRESSES[kind])


@requires(Role.VIEWER)
@require_safe
def history(request: HttpRequest, entry_id: int) -> HttpResponse:
    """What a line ever said, what changed from version to version, and who wrote it; of one that was taken away for managers."""
    entry = get_object_or_404(GuideEntry, pk=entry_id)
    can_edit = signed_in(request).has_role(Role.MANAGER)
    if entry.removed_at is not None and not can_edit:
        # A private number is taken away so that it is not read any more.
        raise Http404
    return render(request, "shifts/guide_history.html", _said(entry) | {"can_edit": can_edit})


@requires(Role.MANAGER)
@require_POST
def remove(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Takes a line away; it can be brought back from its history."""
    entry = get_object_or_404(GuideEntry, pk=entry_id)
    kind = GuideKind(entry.kind)
    try:
        remove_guide_entry(actor=signed_in(request), entry_id=entry_id, expected_version=_seen(request))
    except StaleEntry as stale:
        return _stale(request, stale, kind)
    messages.success(request, _("Taken away. Its history keeps it, and can bring it back."))
    return redirect("shifts:guide_page", ADDRESSES[kind])


@requires(Role.MANAGER)
@require_POST
def restore(request: HttpRequest, entry_id: int, version: int) -> HttpResponse:
    """Makes a line say again what it said in an earlier version."""
    entry = get_object_or_404(GuideEntry, pk=entry_id)
    revision = get_object_or_404(entry.revisions, version=version)
    try:
        edit_guide_entry(
            actor=signed_in(request),
            entry_id=entry_id,
            expected_version=_seen(request),
            line=GuideLine(**revision.content),
        )
    except StaleEntry as stale:
        return _stale(request, stale, GuideKind(entry.kind))
    messages.success(request, _("Stored."))
    return redirect("shifts:guide_page", ADDRESSES[GuideKind(entry.kind)])


@requires(Role.MANAGER)
@require_POST
def move(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Moves a line up or down."""
    try:
        entry = move_guide_entry(actor=signed_in(request), entry_id=entry_id, is_up=request.POST.get("to") == "up")
    except GuideEntry.DoesNotExist as error:
        raise Http404 from error
    return redirect("shifts:guide_page", ADDRESSES[GuideKind(entry.kind)])


@requires(Role.RESPONDER)
@require_POST
def confirm(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Somebody says that a contact is right as it stands."""
    try:
        confirm_contact(actor=signed_in(request), entry_id=entry_id, version=_seen(request))
    except CannotPrepare as refusal:
        messages.warning(request, refusal.text)
    else:
        messages.success(request, _("Confirmed for 30 days."))
    return redirect("shifts:guide_page", "contacts")


def _kind(page: str) -> GuideKind:
    if page not in PAGES:
        raise Http404
    return PAGES[page]


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _page(request: HttpRequest, kind: GuideKind, *, form: GuideForm | None = None, status: int = 200) -> HttpResponse:
    entries = list(GuideEntry.objects.filter(kind=kind, removed_at=None))
    confirmed = confirmations_of(entries) if kind is GuideKind.CONTACT else {}
    now = database_now()
    context = {
        "kind": kind,
        "page": ADDRESSES[kind],
        "entries": [(each, confirmed.get(each.pk), OBSTACLES.get(each.reach_error, "")) for each in entries],
        "removed": list(GuideEntry.objects.filter(kind=kind).exclude(removed_at=None)),
        "form": form or GuideForm(kind=kind),
        "is_adding": form is not None,
        "holds_since": now - STALE_AFTER[PreflightItem.CONTACTS],
        "light_since": now - LIGHT_HOLDS_FOR,
        "can_edit": signed_in(request).has_role(Role.MANAGER),
        "can_confirm": signed_in(request).has_role(Role.RESPONDER),
    }
    return render(request, "shifts/guide_page.html", context, status=status)


def _edit_page(
    request: HttpRequest, entry: GuideEntry, form: GuideForm, *, theirs: GuideEntry | None = None, status: int = 200
) -> HttpResponse:
    context = _said(entry) | {
        "form": form,
        "theirs": theirs and (theirs, differences(None, theirs.content)),
        "can_edit": True,
    }
    return render(request, "shifts/guide_entry.html", context, status=status)


def _said(entry: GuideEntry) -> dict[str, Any]:
    """A line with its newest versions, each beside the one before."""
    revisions = list(entry.revisions.select_related("by")[: VERSIONS_SHOWN + 1])
    befores = [*revisions[1:], None]
    pairs = zip(revisions[:VERSIONS_SHOWN], befores, strict=False)
    kind = GuideKind(entry.kind)
    return {
        "entry": entry,
        "page": ADDRESSES[kind],
        "kind": kind,
        "revisions": [(each, differences(before.content if before else None, each.content)) for each, before in pairs],
    }


def _stale(request: HttpRequest, stale: StaleEntry, kind: GuideKind) -> HttpResponse:
    """Both versions; what was typed is based on theirs from now on."""
    sent = request.POST.copy()
    if "name" not in sent:
        sent.update(stale.theirs.content)
    sent["version"] = str(stale.theirs.version)
    return _edit_page(request, stale.theirs, GuideForm(sent, kind=kind), theirs=stale.theirs, status=409)
