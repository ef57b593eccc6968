"""Deep links for people: to a service in Grafana and to an instance in the AWS console, at the minutes that matter. Pure."""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}")
#: Regions whose console is another host's: China and GovCloud have partitions of their own.
_PARTITIONS = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}


def epoch_milliseconds(at: datetime) -> str:
    """An instant as Grafana takes it."""
    return str(int(at.timestamp() * 1000))


def grafana_link(base: str, dashboard: str, service: str, since: datetime, until: datetime) -> str:
    """The dashboard at these minutes, set to the service; without a dashboard the search for the service. "" without a Grafana."""
    if not base:
        return ""
    root = base.rstrip("/")
    if not dashboard:
        return f"{root}/dashboards?{urlencode({'query': service})}"
    window = {"from": epoch_milliseconds(since), "to": epoch_milliseconds(until), "var-service": service}
    return f"{root}/d/{quote(dashboard, safe='')}?{urlencode(window)}"


def rds_console_link(region: str, instance_id: str) -> str:
    """The page of a database instance; "" where the region is none."""
    console = _console(region)
    return (
        f"{console}/rds/home?region={region}#database:id={quote(instance_id, safe='')};is-cluster=false"
        if console
        else ""
    )


def cloudwatch_link(region: str, instance_id: str, since: datetime, until: datetime) -> str:
    """CloudWatch's graph of an instance's connections and CPU at these minutes; "" where the region is none."""
    console = _console(region)
    if not console:
        return ""
    identifier = f"~'DBInstanceIdentifier~{_text(instance_id)}"
    connections = f"(~{_text('AWS/RDS')}~'DatabaseConnections{identifier})"
    cpu = f"(~{_text('AWS/RDS')}~'CPUUtilization{identifier}~(yAxis~'right))"
    graph = (
        f"~(metrics~(~{connections}~{cpu})~view~'timeSeries~stacked~false~region~{_text(region)}"
        f"~start~{_text(_instant(since))}~end~{_text(_instant(until))}~stat~'Average~period~60)"
    )
    return f"{console}/cloudwatch/home?region={region}#metricsV2:graph={graph}"


def _console(region: str) -> str:
    if not _REGION.fullmatch(region):
        return ""
    host = next((host for prefix, host in _PARTITIONS.items() if region.startswith(prefix)), "")
    return f"https://{host}" if host else f"https://{region}.console.aws.amazon.com"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _text(value: str) -> str:
    """A string as the console's links write it: a quote before it, and `*2f` for what is not plain."""
    plain = re.compile(r"[^A-Za-z0-9_.-]")
    return "'" + plain.sub(lambda found: "".join(f"*{byte:02x}" for byte in found.group().encode()), value)
