"""What the person on call says, reads and confirms themselves."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from cluster.models import Change
from shifts.changes_to_read import changes_of
from shifts.contacts import emergency_contacts
from shifts.enums import CheckSide, CheckVerdict, PreflightItem
from shifts.models import ContactConfirmation, Preflight, PreflightCheck, SeenChange
from shifts.preflight.rules import PROVEN_BY, Finding
from shifts.services.preparing import CannotPrepare, bump, few_words, lock_preflight, record_look

_A_DOUBLE_CLICK = timedelta(minutes=1)


@transaction.atomic
def give_word(*, actor: User, preflight_id: int, item: PreflightItem, words: str) -> PreflightCheck:
    """The person's own word for what could not be proven. Raises CannotPrepare where proof failed or is to be had by reading."""
    preflight = lock_preflight(preflight_id, actor=actor, only_theirs=True)
    said = few_words(words, missing="no_words")
    if item is PreflightItem.CHANGES or (item is PreflightItem.CONTACTS and emergency_contacts().exists()):
        raise CannotPrepare("needs_proof")
    proof = _newest_proof(preflight, item)
    if proof is not None and proof.verdict == CheckVerdict.FAILED:
        raise CannotPrepare("proof_failed")
    if proof is not None and proof.verdict == CheckVerdict.PASSED and proof.stale_at > database_now():
        raise CannotPrepare("needs_proof")
    check = record_look(
        preflight_id=preflight.pk,
        item=item,
        side=CheckSide.PERSON,
        findings=[Finding(CheckVerdict.PASSED, "word")],
        words=said,
        by=actor,
    )
    record_act(
        actor=actor, verb="give_word", target=f"shift:{preflight.shift_id}", data={"item": item.value, "words": said}
    )
    return check


def _newest_proof(preflight: Preflight, item: PreflightItem) -> PreflightCheck | None:
    if item not in PROVEN_BY:
        return None
    return preflight.checks.filter(item=item, side=PROVEN_BY[item]).order_by("-pk").first()


@transaction.atomic
def tick_changes(*, actor: User, preflight_id: int, change_ids: Collection[int] | None) -> int:
    """The person has read these changes, or with None all that are listed until now. Returns how many were new to them."""
    preflight = lock_preflight(preflight_id, actor=actor, only_theirs=True)
    listed = changes_of(preflight, database_now())
    wanted: QuerySet[Change] = listed if change_ids is None else listed.filter(pk__in=change_ids)
    new = list(wanted.exclude(pk__in=preflight.seen_changes.values("change_id")).values_list("pk", flat=True))
    SeenChange.objects.bulk_create(
        (SeenChange(preflight=preflight, change_id=change_id) for change_id in new), ignore_conflicts=True
    )
    if new:
        bump(preflight.pk)
        record_act(actor=actor, verb="read_changes", target=f"shift:{preflight.shift_id}", data={"count": len(new)})
    return len(new)


@transaction.atomic
def confirm_contact(*, actor: User, entry_id: int, version: int) -> ContactConfirmation:
    """Somebody says that an emergency contact is right as it stands; again within a minute changes nothing.

    Raises CannotPrepare (unknown_contact, contact_changed).
    """
    entry = emergency_contacts().select_for_update().filter(pk=entry_id).first()
    if entry is None:
        raise CannotPrepare("unknown_contact")
    if entry.version != version:
        raise CannotPrepare("contact_changed")
    standing = entry.confirmations.filter(
        entry_version=version, confirmed_by=actor, confirmed_at__gt=database_now() - _A_DOUBLE_CLICK
    ).first()
    if standing is not None:
        return standing
    confirmation = ContactConfirmation.objects.create(
        entry=entry, entry_version=version, confirmed_by=actor, confirmed_at=database_now()
    )
    record_act(actor=actor, verb="confirm_contact", target=f"guide_entry:{entry.pk}", data={"version": version})
    return confirmation
