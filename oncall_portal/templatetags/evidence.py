"""Display helpers of evidence: sizes, instants kept as text, why something could not be read and what to do about it, curves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cluster.enums import EvidenceKind, Obstacle
from incidents.evidence_panel import EvidencePanel, caption
from incidents.evidence_shapes import SeriesRow
from incidents.models import Capture
from oncall_portal.templatetags.portal import Shown, portal_time

register = template.Library()

WIDTH, HEIGHT, MARGIN = 160, 36, 2

ADVICE: Mapping[Obstacle, Any] = {
    Obstacle.NOT_CONFIGURED: _("Set KUBECONFIG, or run the portal in the cluster."),
    Obstacle.BAD_CONFIGURATION: _("Mend the kubeconfig, or the context that the catalogue names."),
    Obstacle.UNREACHABLE: _("Check the network and the VPN between the portal and it, then capture again."),
    Obstacle.TIMEOUT: _("It may be overloaded. Capture again in a minute."),
    Obstacle.BROKEN: _("It is unwell itself: look at it first, then capture again."),
    Obstacle.LIMITED: _("Capture again in a minute."),
    Obstacle.GONE: _("Capture again."),
    Obstacle.UNTRUSTED: _("Put its certificate authority into the portal's configuration."),
    Obstacle.UNAUTHORIZED: _("Renew the portal's credentials, then capture again."),
    Obstacle.FORBIDDEN: _("Grant the portal what deploy/kubernetes/rbac.yaml lists."),
    Obstacle.NOT_FOUND: _("Correct in the catalogue where the service runs."),
    Obstacle.NO_METRICS: _("Install a metrics-server to see usage here."),
    Obstacle.NO_CREDENTIALS: _("Give the portal AWS credentials to see databases here."),
    Obstacle.EXPIRED_TOKEN: _("Renew the portal's AWS session, then capture again."),
    Obstacle.MALFORMED: _("Something in between may have cut it short. Capture again."),
    Obstacle.INVALID: _("Correct in the catalogue where the service runs."),
}
AWS_FORBIDDEN = _(
    "Allow the portal rds:DescribeDBInstances, rds:DescribePendingMaintenanceActions and cloudwatch:GetMetricData."
)
UNKNOWN_ADVICE = _("Capture again; the portal's log says more.")

#: The properties that two captures are compared by, as words.
FIELDS: Mapping[str, Any] = {
    "state": _("state"),
    "restarts": _("restarts"),
    "image": _("image"),
    "count": _("count"),
    "ready": _("ready"),
    "current": _("current revision"),
    "cpu": "CPU",
    "memory": _("memory"),
    "status": _("status"),
    "class": _("class"),
    "version": _("version"),
    "connections": _("connections"),
    "pending": _("pending changes"),
}
METRIC_NAMES: Mapping[str, Any] = {
    "DatabaseConnections": _("connections"),
    "CPUUtilization": "CPU",
    "FreeableMemory": _("free memory"),
}
SIGNS: Mapping[str, Any] = {"+": _("new"), "-": _("gone"), "~": _("changed")}
KIBI = 1024


@register.filter
def obstacle_label(code: str) -> str:
    """Why something could not be read, by an integration's code (its words may follow it), as a sentence."""
    return str((Obstacle.of_error(code) or Obstacle.UNKNOWN).label)


@register.simple_tag
def advice(code: str, kind: str = "") -> str:
    """What to do about it."""
    obstacle = Obstacle.of_error(code) or Obstacle.UNKNOWN
    if kind == EvidenceKind.RDS and obstacle is Obstacle.FORBIDDEN:
        return str(AWS_FORBIDDEN)
    return str(ADVICE.get(obstacle, UNKNOWN_ADVICE))


@register.filter
def size(count: int) -> str:
    """Bytes as a person says them: 212 MiB."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < KIBI:
            return f"{value:.0f} {unit}"
        value /= KIBI
    return f"{value:.1f} GiB"


@register.simple_tag
def iso_time(text: str, show: Shown = "clock") -> SafeString:
    """An instant that is kept as ISO text."""
    return portal_time(datetime.fromisoformat(text), show) if text else SafeString("")


@register.filter
def capture_caption(capture: Capture) -> str:
    return caption(capture)


@register.filter
def field_label(name: str) -> str:
    return str(FIELDS.get(name, name))


@register.filter
def metric_label(name: str) -> str:
    return str(METRIC_NAMES.get(name, name))


@register.filter
def sign_label(sign: str) -> str:
    """What + − ~ say to who does not see them."""
    return str(SIGNS[sign])


@register.filter
def newest(series: SeriesRow) -> str:
    """A metric's last value, in its unit."""
    return measured(series["points"][-1][1], series["unit"])


#: Of these the lowest value is the one that alarms.
LESS_IS_WORSE = frozenset({"FreeableMemory"})


@register.filter
def extreme(series: SeriesRow) -> str:
    """The worst of a metric's values, in words."""
    values = [value for _at, value in series["points"]]
    if series["name"] in LESS_IS_WORSE:
        return _("at least %(value)s in the hour before") % {"value": measured(min(values), series["unit"])}
    return _("at most %(value)s in the hour before") % {"value": measured(max(values), series["unit"])}


def measured(value: float, unit: str) -> str:
    if unit == "Bytes":
        return size(int(value))
    return f"{value:.0f} %" if unit == "Percent" else f"{value:.0f}"


@register.simple_tag
def sparkline(series: SeriesRow) -> SafeString:
    """A metric as a small curve; attributes alone, since the content policy refuses styles. Words stand beside it."""
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true" focusable="false">'
        '<polyline fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" points="{}"/></svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        _curve([value for _at, value in series["points"]]),
    )


def _curve(values: Sequence[float]) -> str:
    """From the lower edge (zero) to the highest value."""
    top = max(*values, 0.0) if len(values) > 1 else max(values[0], 0.0)
    across = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    up = (HEIGHT - 2 * MARGIN) / (top or 1)
    ends = values if len(values) > 1 else [values[0], values[0]]
    step = across if len(values) > 1 else WIDTH - 2 * MARGIN
    return " ".join(
        f"{MARGIN + n * step:.1f},{HEIGHT - MARGIN - max(value, 0) * up:.1f}" for n, value in enumerate(ends)
    )


@register.simple_tag
def database_links(panel: EvidencePanel, region: str, name: str) -> tuple[str, str]:
    """The console's page of a database, and CloudWatch's graph of it."""
    return panel.database_links(region, name)
