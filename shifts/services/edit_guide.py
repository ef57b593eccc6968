"""The lines of the guide's pages: written, changed, taken away and brought back. Every state of one is kept as a revision."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from shifts.enums import GuideKind
from shifts.models import GuideEntry, GuideRevision


@dataclass(frozen=True)
class GuideLine:
    """What a line says."""

    name: str
    where: str = ""
    purpose: str = ""
    phone: str = ""


class StaleEntry(Exception):
    """Somebody changed the entry meanwhile; `theirs` is how it stands. Nothing was stored."""

    def __init__(self, theirs: GuideEntry) -> None:
        super().__init__(f"version {theirs.version}")
        self.theirs = theirs


@transaction.atomic
def add_guide_entry(*, actor: User, kind: GuideKind, line: GuideLine) -> GuideEntry:
    """A new line at the end of a page. The same line a second time is the first."""
    known = GuideEntry.objects.filter(kind=kind, removed_at=None, **asdict(line)).first()
    if known is not None:
        return known
    last = GuideEntry.objects.filter(kind=kind).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    entry = GuideEntry.objects.create(kind=kind, position=position, **asdict(line))
    _keep(entry, actor, "add_guide_entry")
    return entry


@transaction.atomic
def edit_guide_entry(*, actor: User, entry_id: int, expected_version: int, line: GuideLine) -> GuideEntry:
    """Changes a line; one that says the same already stays as it is. Brings back one that was taken away.

    Raises StaleEntry, GuideEntry.DoesNotExist.
    """
    entry = _locked(entry_id, expected_version)
    if entry.content == asdict(line) and entry.removed_at is None:
        return entry
    entry.name, entry.where, entry.purpose, entry.phone = line.name, line.where, line.purpose, line.phone
    # Whether the old address answered says nothing of the new one.
    entry.looked_at = entry.reached_at = entry.removed_at = None
    entry.reach_error, entry.version = "", entry.version + 1
    entry.save()
    _keep(entry, actor, "edit_guide_entry")
    return entry


@transaction.atomic
def remove_guide_entry(*, actor: User, entry_id: int, expected_version: int) -> GuideEntry:
    """Takes a line away; its history stays. Raises StaleEntry, GuideEntry.DoesNotExist."""
    entry = _locked(entry_id, expected_version)
    if entry.removed_at is None:
        entry.removed_at, entry.version = database_now(), entry.version + 1
        entry.save(update_fields=["removed_at", "version"])
        _keep(entry, actor, "remove_guide_entry")
    return entry


@transaction.atomic
def move_guide_entry(*, actor: User, entry_id: int, is_up: bool) -> GuideEntry:
    """Moves a line before the one above it, or behind the one below; there may be none. Raises GuideEntry.DoesNotExist."""
    kind = GuideEntry.objects.values_list("kind", flat=True).get(pk=entry_id)
    entries = list(GuideEntry.objects.select_for_update().filter(kind=kind, removed_at=None))
    place = next((place for place, each in enumerate(entries) if each.pk == entry_id), None)
    if place is None:
        raise GuideEntry.DoesNotExist
    to = place - 1 if is_up else place + 1
    if not 0 <= to < len(entries):
        return entries[place]
    entry = entries.pop(place)
    entries.insert(to, entry)
    for position, each in enumerate(entries):
        each.position = position
    GuideEntry.objects.bulk_update(entries, ["position"])
    record_act(actor=actor, verb="move_guide_entry", target=f"guide_entry:{entry_id}", data={"is_up": is_up})
    return entry


def _locked(entry_id: int, expected_version: int) -> GuideEntry:
    entry = GuideEntry.objects.select_for_update().get(pk=entry_id)
    if entry.version != expected_version:
        raise StaleEntry(entry)
    return entry


def _keep(entry: GuideEntry, actor: User, verb: str) -> None:
    was_removed = entry.removed_at is not None
    GuideRevision.objects.create(
        entry=entry, version=entry.version, content=entry.content, was_removed=was_removed, by=actor
    )
    record_act(
        actor=actor, verb=verb, target=f"guide_entry:{entry.pk}", data={"version": entry.version, **entry.content}
    )
