"""Whether the guide's tools can be reached from here."""

from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.db.models import F

from accounts.database_time import database_now
from integrations.errors import IntegrationError, Refused
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
    host = parts.hostname or ""
    if _is_link_local(host):
        # Where clouds keep their credentials for whoever asks.
        return "refused"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        probe(Endpoint(name="tool", scheme=parts.scheme, host=host, port=port, path="/"), timeout=TIMEOUT)
    except Refused as refusal:
        return "" if refusal.code == "http_status" else refusal.code
    except IntegrationError as error:
        return error.code
    return ""


def _is_link_local(host: str) -> bool:
    try:
        return ip_address(host).is_link_local
    except ValueError:
        return False
