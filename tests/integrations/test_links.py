"""Deep links, letter by letter: whoever follows one at night must land where it says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.links import cloudwatch_link, grafana_link, rds_console_link

SINCE = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=30)
GRAFANA = "https://grafana.chatops.example.com"


def test_a_dashboard_opens_at_the_minutes_and_the_service() -> None:
    link = grafana_link(f"{GRAFANA}/", "abc-12", "chatops-gateway", SINCE, UNTIL)
    assert link == f"{GRAFANA}/d/abc-12?from=1795694400000&to=1795696200000&var-service=chatops-gateway"


def test_instants_of_another_zone_are_the_same_instants() -> None:
    taipei = timezone(timedelta(hours=8))
    local = grafana_link(GRAFANA, "abc", "x", SINCE.astimezone(taipei), UNTIL.astimezone(taipei))
    assert local == grafana_link(GRAFANA, "abc", "x", SINCE, UNTIL)


def test_without_a_dashboard_it_is_searched_for() -> None:
    assert grafana_link(GRAFANA, "", "chatops & db", SINCE, UNTIL) == f"{GRAFANA}/dashboards?query=chatops+%26+db"


def test_without_a_grafana_there_is_no_link() -> None:
    assert grafana_link("", "abc", "chatops-gateway", SINCE, UNTIL) == ""


def test_nothing_in_a_name_leads_elsewhere() -> None:
    link = grafana_link(GRAFANA, "../evil?x=#", "a&to=1#b", SINCE, UNTIL)
    assert link.startswith(f"{GRAFANA}/d/..%2Fevil%3Fx%3D%23?from=")
    assert link.endswith("&var-service=a%26to%3D1%23b")


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("ap-northeast-1", "https://ap-northeast-1.console.aws.amazon.com"),
        ("us-gov-west-1", "https://console.amazonaws-us-gov.com"),
        ("cn-north-1", "https://console.amazonaws.cn"),
    ],
)
def test_an_instance_has_its_page(region: str, console: str) -> None:
    expected = f"{console}/rds/home?region={region}#database:id=chatops-prod;is-cluster=false"
    assert rds_console_link(region, "chatops-prod") == expected


@pytest.mark.parametrize("region", ["", "evil.example.com/", "AP-NORTHEAST-1", "ap-northeast-1\n"])
def test_what_is_no_region_has_no_page(region: str) -> None:
    assert rds_console_link(region, "chatops-prod") == ""
    assert cloudwatch_link(region, "chatops-prod", SINCE, UNTIL) == ""


def test_an_instance_has_its_graph() -> None:
    assert cloudwatch_link("ap-northeast-1", "chatops-prod", SINCE, UNTIL) == (
        "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#metricsV2:graph="
        "~(metrics~(~(~'AWS*2fRDS~'DatabaseConnections~'DBInstanceIdentifier~'chatops-prod)"
        "~(~'AWS*2fRDS~'CPUUtilization~'DBInstanceIdentifier~'chatops-prod~(yAxis~'right)))"
        "~view~'timeSeries~stacked~false~region~'ap-northeast-1"
        "~start~'2026-11-26T12*3a00*3a00.000Z~end~'2026-11-26T12*3a30*3a00.000Z~stat~'Average~period~60)"
    )


def test_a_name_cannot_close_the_graph() -> None:
    assert "~'a*29*27*e5*ba*ab)" in cloudwatch_link("ap-northeast-1", "a)'庫", SINCE, UNTIL)
