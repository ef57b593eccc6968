"""The light of the guide's tools: what may be asked, what counts as an answer, and what the page says of it."""

from datetime import timedelta
from html import unescape

import pytest
import redis

from accounts.database_time import database_now
from accounts.live_channel import give_turn_back, take_turn
from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.probes import Endpoint, probe
from shifts.enums import GuideKind
from shifts.models import GuideEntry
from shifts.schedule_tasks import TOOLS_TURN
from shifts.schedule_tasks import look_at_tools as look_at_tools_task
from shifts.services.edit_guide import GuideLine, add_guide_entry
from shifts.services.look_at_tools import look_at_tools
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of

pytestmark = pytest.mark.django_db


def tool(cast: Cast, where: str) -> GuideEntry:
    GuideEntry.objects.filter(kind=GuideKind.TOOL).delete()
    return add_guide_entry(actor=cast.manager, kind=GuideKind.TOOL, line=GuideLine("Tool", where))


def light(cast: Cast) -> str:
    page = unescape(browser_of(cast.viewer).get("/guide/tools/").content.decode())
    return page.split('class="guide-light')[1].split("</p>")[0]


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "169.254.43518",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fe80::1%lo",
        "fd00:ec2::254",
        "100.100.100.200",
        "::ffff:100.100.100.200",
        "168.63.129.16",
    ],
)
def test_where_clouds_keep_their_credentials_is_never_asked(host: str) -> None:
    with pytest.raises(Refused) as refusal:
        probe(Endpoint("tool", "http", host, 80, "/"), timeout=1, avoids_link_local=True)
    assert refusal.value.code == "link_local"


@pytest.mark.allow_hosts(["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_what_is_near_may_be_asked(host: str) -> None:
    with pytest.raises(IntegrationError) as trouble:
        probe(Endpoint("tool", "http", host, 9, "/"), timeout=1, avoids_link_local=True)
    assert trouble.value.code in ("refused", "unreachable")


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example"])
def test_a_name_that_cannot_be_one_is_unknown(host: str) -> None:
    with pytest.raises(Unavailable) as refusal:
        probe(Endpoint("tool", "http", host, 80, "/"), timeout=1, avoids_link_local=True)
    assert refusal.value.code == "unknown_host"


def test_one_strange_name_keeps_no_other_tool_in_the_dark(cast: Cast, pagerduty: RunningSimulator) -> None:
    strange = tool(cast, "http://a..example/")
    there = add_guide_entry(actor=cast.manager, kind=GuideKind.TOOL, line=GuideLine("there", pagerduty.url))
    assert look_at_tools() == 1
    there.refresh_from_db()
    strange.refresh_from_db()
    assert (there.reach_error, strange.reach_error) == ("", "unknown_host")


def test_the_light_speaks(cast: Cast, pagerduty: RunningSimulator) -> None:
    entry = tool(cast, pagerduty.url)
    assert "Nobody has looked yet." in light(cast)
    look_at_tools()
    assert "Reached from the portal" in light(cast)
    GuideEntry.objects.filter(pk=entry.pk).update(where="http://127.0.0.1:9/")
    look_at_tools()
    said = light(cast)
    assert "Not reached from the portal since" in said
    assert "it refuses the connection" in said
    assert "<svg" in said


def test_never_reached_and_not_looked_at_any_more(cast: Cast) -> None:
    entry = tool(cast, "http://127.0.0.1:9/")
    look_at_tools()
    assert "Never reached from the portal yet" in light(cast)
    # Whoever looks has stopped: what was seen last is no news any more.
    long_ago = database_now() - timedelta(minutes=11)
    GuideEntry.objects.filter(pk=entry.pk).update(looked_at=long_ago, reached_at=long_ago, reach_error="")
    assert "Not looked at since" in light(cast)
    assert "circle-check" not in light(cast)
    assert "Reached from the portal" not in light(cast)


def test_looks_do_not_overlap(cast: Cast, valkey: redis.Redis) -> None:
    entry = tool(cast, "http://127.0.0.1:9/")
    assert take_turn(TOOLS_TURN, seconds=60)
    assert look_at_tools_task() == "under way"
    entry.refresh_from_db()
    assert entry.looked_at is None
    give_turn_back(TOOLS_TURN)
    assert [look_at_tools_task() for _ in range(2)] == ["0 reached"] * 2
    entry.refresh_from_db()
    assert entry.reach_error == "refused"
