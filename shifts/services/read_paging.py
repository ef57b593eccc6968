"""Reading from PagerDuty how it would reach somebody, as the rules of a preflight want it. Nothing is written here."""

from django.conf import settings

from cluster.models import CatalogueEntry
from integrations.pagerduty.paging import PagingClient
from shifts.preflight.paging import Method, Paging, Rule


def read_paging(pagerduty: PagingClient, person_id: str) -> Paging:
    """A person's contact methods and rules now. Raises Unavailable, Refused, MalformedPayload."""
    return Paging(
        methods=tuple(
            Method(each.id, each.kind, each.label, each.is_enabled, each.is_blacklisted)
            for each in pagerduty.contact_methods(person_id)
        ),
        rules=tuple(
            Rule(each.urgency, each.delay_minutes, each.contact_method_id)
            for each in pagerduty.notification_rules(person_id)
        ),
    )


def service_of_test_pages() -> str:
    """The PagerDuty service on which test pages are sent: the configured one, else the catalogue's first; "" for none."""
    first = CatalogueEntry.objects.order_by("name", "pk").values_list("pagerduty_id", flat=True).first()
    return settings.PREFLIGHT_TEST_SERVICE or first or ""
