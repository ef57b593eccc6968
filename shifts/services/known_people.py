"""Who can be put on call."""

from accounts.models import Person, User
from accounts.roles import Role
from accounts.services.note_people import person_of


def known_people() -> list[Person]:
    """Everybody whom PagerDuty or the portal knows, by name, without those whose account is closed.

    Whoever may act here and was never named before gets their person first. Two queries, once everybody has one.
    """
    users, people = list(User.objects.order_by("pk")), list(Person.objects.all())
    closed, named = {user.person_key for user in users if not user.is_active}, {each.pagerduty_id for each in people}
    people += [person_of(user) for user in users if user.has_role(Role.RESPONDER) and user.person_key not in named]
    return sorted((each for each in people if each.pagerduty_id not in closed), key=lambda each: (each.name, each.pk))
