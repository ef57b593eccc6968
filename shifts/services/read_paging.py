"""Reading from PagerDuty how it would reach somebody, as the rules of a preflight want it. Nothing is written here."""

from django.conf import settings

from cluster.models import CatalogueEntry
from integrations.pagerduty.paging import PagingClient, PagingMethods
from shifts.preflight.paging import Method, Paging, Rule


def read_paging(pagerduty: PagingClient, person_id: str) -> Paging:
    """A person's contact methods and rules now. Raises Unavailable, Refused, MalformedPayload."""
    found = PagingMethods(pagerduty.contact_methods(person_id), pagerduty.notification_rules(person_id))
    return paging_of(found)


def paging_of(found: PagingMethods) -> Paging:
    """What was read, as the rules of a preflight take it."""
    return Paging(
        methods=tuple(
            Method(each.id, each.kind, each.label, each.is_enabled, each.is_blacklisted) for each in found.methods
        ),
        rules=tuple(Rule(each.urgency, each.delay_minutes, each.contact_method_id) for each in found.rules),
    )


def service_of_test_pages() -> str:
    """The PagerDuty service on which test pages are sent: the configured one, else the catalogue's first; "" for none."""
    first = CatalogueEntry.objects.order_by("name", "pk").values_list("pagerduty_id", flat=True).first()
    return settings.PREFLIGHT_TEST_SERVICE or first or ""
