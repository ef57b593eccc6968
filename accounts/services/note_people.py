"""Keeping the people that PagerDuty speaks of."""

from collections.abc import Collection, Iterable

from django.dispatch import Signal

from accounts.models import AuditRecord, Person, User
from accounts.roles import Role
from integrations.types import Reference

#: Sent with `person` when a known person gets another name, so that apps above can renew what shows it.
person_renamed = Signal()


def note_people(references: Iterable[Reference]) -> dict[str, Person]:
    """Stores everybody named, by PagerDuty id; a later reference with more to say completes an earlier one.

    An empty name or address never overwrites one that is known.
    """
    named: dict[str, Reference] = {}
    for reference in references:
        known = named.get(reference.id)
        named[reference.id] = Reference(
            id=reference.id,
            name=reference.name or (known.name if known else ""),
            html_url=reference.html_url or (known.html_url if known else ""),
            email=reference.email or (known.email if known else ""),
        )
    stored = {person.pagerduty_id: person for person in Person.objects.filter(pagerduty_id__in=named)}
    missing = [
        Person(pagerduty_id=each.id, name=each.name or each.id, email=each.email, html_url=each.html_url)
        for each in sorted(named.values(), key=lambda each: each.id)
        if each.id not in stored
    ]
    if missing:
        Person.objects.bulk_create(missing, ignore_conflicts=True)
        stored = {person.pagerduty_id: person for person in Person.objects.filter(pagerduty_id__in=named)}
    for each in named.values():
        _complete(stored[each.id], each)
    return stored


def person_of(user: User) -> Person:
    """The person that a user is; stored when first asked for."""
    person, _is_new = Person.objects.get_or_create(
        pagerduty_id=user.person_key, defaults={"name": user.display_name, "email": user.acting_email}
    )
    return person


def keys_ever(user: User) -> set[str]:
    """Every key by which the user is or was a person: before PagerDuty knew them, and before an admin changed their id."""
    changes = AuditRecord.objects.filter(
        verb="change_user", target=f"user:{user.pk}", data__changed__has_key="pagerduty_id"
    )
    was = {key for pair in changes.values_list("data__changed__pagerduty_id", flat=True) for key in pair if key}
    return {user.person_key, f"portal-{user.pk}"} | was


def people_of(users: Collection[User]) -> list[Person]:
    """The people that users are, in their order: one query, and two more for each who is stored only now."""
    keys = [user.person_key for user in users]
    known = {person.pagerduty_id: person for person in Person.objects.filter(pagerduty_id__in=keys)}
    return [known.get(user.person_key) or person_of(user) for user in users]


def managing_people() -> list[Person]:
    """Everybody who manages, admins too: as each permission means it. Whose account is closed does not."""
    return [person_of(user) for user in User.objects.order_by("pk") if user.has_role(Role.MANAGER)]


def user_of(person: Person) -> User | None:
    """The account of a person, where they have one here."""
    user = User.objects.filter(pagerduty_id=person.pagerduty_id).first()
    kind, _dash, number = person.pagerduty_id.partition("-")
    if user is None and kind == "portal" and number.isdecimal():
        user = User.objects.filter(pk=int(number), pagerduty_id=None).first()
    return user


def _complete(person: Person, reference: Reference) -> None:
    changed = []
    for name, value in (("name", reference.name), ("email", reference.email), ("html_url", reference.html_url)):
        if value and getattr(person, name) != value:
            setattr(person, name, value)
            changed.append(name)
    if changed:
        person.save(update_fields=changed)
    if "name" in changed:
        person_renamed.send(sender=Person, person=person)
