"""The server's looks: all at once, each kept with what was seen; what hangs or refuses costs its own item alone."""

import socket
import threading
import time
from collections.abc import Callable

import pytest
import redis

from accounts.database_time import database_now
from accounts.live_channel import take_turn
from accounts.services.note_people import person_of
from integrations.aws import Aws
from integrations.errors import Unavailable
from integrations.kubernetes.client import cluster_for
from integrations.probes import Endpoint
from shifts.enums import CheckSide, CheckVerdict, PreflightItem
from shifts.models import EscalationTarget, PagingSetup, Preflight, PreflightCheck
from shifts.preflight.paging import Method, Paging, Rule
from shifts.services import run_preflight as running
from shifts.services.run_preflight import Sources, run_preflight
from simulators.aws.testing import RunningAws
from simulators.certificates import unknown_authority
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast
from tests.integrations.test_probes import leave, listening, says
from tests.shifts.preflight.things import HOUR, make_preflight, make_shift

# Threads ask, the test's own thread writes: its transaction may stay open.
pytestmark = pytest.mark.django_db

PASSED, FAILED, UNKNOWN = CheckVerdict.PASSED, CheckVerdict.FAILED, CheckVerdict.UNKNOWN
OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GOOD = Paging(
    methods=(Method("M1", "phone", "Work phone"), Method("M2", "email", "Work address")),
    rules=(Rule("high", 0, "M1"), Rule("low", 0, "M2")),
)


@pytest.fixture
def preflight(cast: Cast, valkey: redis.Redis) -> Preflight:
    return make_preflight(make_shift(cast.responder))


type Make = Callable[..., Sources]


@pytest.fixture
def sources(cluster: RunningCluster, aws: RunningAws) -> Make:
    """The demo world through the product's own clients; what a test names differs."""
    client = Aws(region=aws.region, endpoint_url=aws.url, timeout=2.0)

    def make(
        *, endpoints: tuple[Endpoint, ...] = (), paging: Callable[[str], Paging] | None = lambda _person: GOOD
    ) -> Sources:
        return Sources(
            endpoints=endpoints,
            cluster_of=lambda context: cluster_for(context, timeout=1.0),
            namespaces=[("", "chatops")],
            aws=client,
            paging=paging,
        )

    return make


def look(preflight: Preflight, sources: Sources) -> dict[PreflightItem, PreflightCheck]:
    assert run_preflight(preflight_id=preflight.pk, sources=sources)
    return {PreflightItem(check.item): check for check in preflight.checks.order_by("pk")}


def codes(check: PreflightCheck) -> list[str]:
    return [each["code"] for each in check.seen]


def test_everything_works(preflight: Preflight, sources: Make) -> None:
    with listening(says(OK)) as port:
        found = look(preflight, sources(endpoints=(Endpoint("grafana", "http", "127.0.0.1", port, "/"),)))
    assert {item: check.verdict for item, check in found.items()} == {
        PreflightItem.PAGERDUTY: PASSED,
        PreflightItem.VPN: PASSED,
        PreflightItem.KUBECTL: PASSED,
        PreflightItem.AWS: PASSED,
    }
    assert {check.side for check in found.values()} == {CheckSide.SERVER}
    assert codes(found[PreflightItem.AWS]) == ["aws_known", "aws_described"]
    assert found[PreflightItem.KUBECTL].seen[0]["data"] == {"count": 11, "where": "chatops"}


def test_a_hanging_address_among_them_costs_ten_seconds_at_the_most(
    preflight: Preflight, sources: Make, cluster: RunningCluster, aws: RunningAws
) -> None:
    release = threading.Event()

    def hang(_connection: socket.socket) -> None:
        release.wait(30)

    with listening(hang) as hanging, listening(says(OK)) as well:
        endpoints = (
            Endpoint("hanging", "http", "127.0.0.1", hanging, "/"),
            Endpoint("well", "http", "127.0.0.1", well, "/"),
        )
        began = time.monotonic()
        found = look(preflight, sources(endpoints=endpoints))
        took = time.monotonic() - began
        release.set()
    assert took < 10
    assert [(each["verdict"], each["code"]) for each in found[PreflightItem.VPN].seen] == [
        ("failed", "endpoint_failed"),
        ("passed", "endpoint_reached"),
    ]
    assert found[PreflightItem.AWS].verdict == PASSED


def test_what_answers_nobody_until_the_deadline_is_told_so(
    preflight: Preflight, sources: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "DEADLINE_S", 1.5)
    release = threading.Event()

    def never(_person: str) -> Paging:
        release.wait(20)
        return GOOD

    found = look(preflight, sources(paging=never))
    release.set()
    assert codes(found[PreflightItem.PAGERDUTY]) == ["took_too_long"]
    assert found[PreflightItem.PAGERDUTY].verdict == UNKNOWN
    assert found[PreflightItem.AWS].verdict == PASSED


def test_refused_untrusted_and_forbidden_addresses(preflight: Preflight, sources: Make) -> None:
    with (
        listening(leave, tls=unknown_authority()) as untrusted,
        listening(says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")) as forbidden,
    ):
        found = look(
            preflight,
            sources(
                endpoints=(
                    Endpoint("untrusted", "tls", "127.0.0.1", untrusted),
                    Endpoint("forbidden", "http", "127.0.0.1", forbidden, "/"),
                    Endpoint("closed", "tcp", "127.0.0.1", 9),
                )
            ),
        )
    assert [each["data"] for each in found[PreflightItem.VPN].seen] == [
        {"endpoint": "untrusted", "trouble": "untrusted"},
        {"endpoint": "forbidden", "trouble": "http_status", "status": "403"},
        {"endpoint": "closed", "trouble": "refused"},
    ]


def test_what_the_cluster_does_not_allow(preflight: Preflight, sources: Make, cluster: RunningCluster) -> None:
    cluster.deny("patch", "deployments")
    check = look(preflight, sources())[PreflightItem.KUBECTL]
    assert check.verdict == FAILED
    assert check.seen == [
        {"verdict": "failed", "code": "may_not", "data": {"what": "patch deployments.apps", "where": "chatops"}}
    ]


@pytest.mark.parametrize(("status", "trouble"), [(401, "unauthorized"), (403, "forbidden"), (500, "broken")])
def test_a_cluster_that_refuses_or_breaks(
    status: int, trouble: str, preflight: Preflight, sources: Make, cluster: RunningCluster
) -> None:
    cluster.fail(path_prefix="/apis/authorization.k8s.io", status=status, times=None)
    check = look(preflight, sources())[PreflightItem.KUBECTL]
    assert check.verdict == FAILED
    assert check.seen[0]["data"]["trouble"] == trouble


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"known": "expired_token"}, [("failed", "aws_unknown")]),
        (
            {"known": "access_denied", "action": "DescribeDBInstances"},
            [("passed", "aws_known"), ("failed", "aws_unread")],
        ),
    ],
)
def test_aws_says_no(
    fault: dict[str, str], expected: list[tuple[str, str]], preflight: Preflight, sources: Make, aws: RunningAws
) -> None:
    aws.fail(**fault, times=None)
    check = look(preflight, sources())[PreflightItem.AWS]
    assert [(each["verdict"], each["code"]) for each in check.seen] == expected
    # No account, no key: the page is read by others.
    assert "123456789012" not in str(check.seen)


def test_what_is_not_connected_at_all_proves_nothing(
    preflight: Preflight, sources: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    found = look(preflight, sources(paging=None))
    assert codes(found[PreflightItem.VPN]) == ["no_endpoints"]
    assert codes(found[PreflightItem.PAGERDUTY]) == ["no_pagerduty"]
    assert {found[item].verdict for item in (PreflightItem.VPN, PreflightItem.PAGERDUTY, PreflightItem.KUBECTL)} == {
        UNKNOWN
    }


def test_a_check_that_breaks_takes_no_other_with_it(preflight: Preflight, sources: Make) -> None:
    def broken(_person: str) -> Paging:
        raise KeyError("nobody thought of this")

    found = look(preflight, sources(paging=broken))
    assert codes(found[PreflightItem.PAGERDUTY]) == ["broke"]
    assert found[PreflightItem.AWS].verdict == PASSED


def test_paging_is_held_against_the_escalation_and_the_sla(preflight: Preflight, sources: Make) -> None:
    EscalationTarget.objects.create(
        policy_id="PEP", policy_name="chatops on-call", level=1, delay_minutes=3, schedule=preflight.shift.schedule
    )
    late = Paging(GOOD.methods, (Rule("high", 5, "M1"), Rule("low", 0, "M2")))
    check = look(preflight, sources(paging=lambda _person: late))[PreflightItem.PAGERDUTY]
    assert codes(check)[:2] == ["first_after_escalation", "first_after_respond"]
    assert check.seen[0]["data"] == {"minutes": 5, "limit": 3, "policy": "chatops on-call"}
    assert check.seen[1]["data"] == {"minutes": 5, "limit": 5}
    assert PagingSetup.objects.get(person=preflight.person).rules[0]["delay_minutes"] == 5


def test_while_pagerduty_is_away_what_it_said_holds_for_a_day(preflight: Preflight, sources: Make) -> None:
    look(preflight, sources())
    PagingSetup.objects.update(read_at=database_now() - 5 * HOUR)

    def away(_person: str) -> Paging:
        raise Unavailable("broken", "HTTP 503")

    check = look(preflight, sources(paging=away))[PreflightItem.PAGERDUTY]
    assert check.verdict == PASSED
    assert check.stale_at - check.checked_at < 19.1 * HOUR
    PagingSetup.objects.update(read_at=database_now() - 25 * HOUR)
    check = look(preflight, sources(paging=away))[PreflightItem.PAGERDUTY]
    assert (check.verdict, codes(check)) == (UNKNOWN, ["paging_unread"])


def test_a_person_whom_pagerduty_does_not_know(cast: Cast, sources: Make, valkey: redis.Redis) -> None:
    cast.teammate.pagerduty_id = None
    cast.teammate.save()
    preflight = make_preflight(make_shift(cast.teammate))
    assert codes(look(preflight, sources())[PreflightItem.PAGERDUTY]) == ["no_pagerduty_user"]


def test_two_looks_at_once_are_one(preflight: Preflight, sources: Make) -> None:
    assert take_turn(f"preflight:{preflight.pk}", seconds=30)
    assert run_preflight(preflight_id=preflight.pk, sources=sources()) is False
    assert preflight.checks.count() == 0


def test_nobody_looks_for_a_shift_that_is_somebody_elses_now(preflight: Preflight, sources: Make, cast: Cast) -> None:
    preflight.shift.person = person_of(cast.teammate)
    preflight.shift.save()
    assert run_preflight(preflight_id=preflight.pk, sources=sources()) is False
    assert preflight.checks.count() == 0
