"""How somebody is reached, as it was last read, as the rules take it."""

from shifts.models import PagingSetup
from shifts.preflight.paging import Method, Paging, Rule


def paging_kept(setup: PagingSetup) -> Paging:
    """The row's contact methods and rules."""
    return Paging(
        methods=tuple(
            Method(each["id"], each["kind"], each["label"], each["is_enabled"], each["is_blacklisted"])
            for each in setup.contact_methods
        ),
        rules=tuple(Rule(each["urgency"], each["delay_minutes"], each["contact_method_id"]) for each in setup.rules),
    )
