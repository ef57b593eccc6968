"""Whether the guide's tools can be reached from here."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from django.db.models import F

from accounts.database_time import database_now
from integrations.errors import IntegrationError
from integrations.probes import Endpoint, probe
from shifts.enums import GuideKind
from shifts.models import GuideEntry

TIMEOUT = 5.0
AT_ONCE = 8


def look_at_tools() -> int:
    """Asks every tool that has a web address, side by side. Returns how many were reached.

    Any answer counts: a sign-in page is a tool that is there.
    """
    tools = [each for each in GuideEntry.objects.filter(kind=GuideKind.TOOL, removed_at=None) if each.link]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        errors = list(pool.map(lambda tool: _error_of(tool.link), tools))
    now = database_now()
    for tool, error in zip(tools, errors, strict=True):
        # Only while the entry still says what was asked.
        asked = GuideEntry.objects.filter(pk=tool.pk, version=tool.version)
        asked.update(looked_at=now, reach_error=error, reached_at=F("reached_at") if error else now)
    return errors.count("")


def _error_of(address: str) -> str:
    """ "" where something answered, else the word for why nothing did."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    endpoint = Endpoint(name="tool", scheme=parts.scheme, host=parts.hostname or "", port=port, path="/")
    try:
        probe(endpoint, timeout=TIMEOUT, avoids_link_local=True)
    except IntegrationError as error:
        return "" if error.code == "http_status" else error.code
    return ""
