"""What the channel reads: bounded, in its language, and nothing untrusted can mention, link or format beyond itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import get_language
from hypothesis import given
from hypothesis import strategies as st

from incidents.enums import ClockKind, NoticeKind, Severity
from incidents.notices import NoticeFacts, due_text, notice_text
from simulators.slack.testing import RunningSlack
from simulators.slack.webhook import LONGEST_FIELD, LONGEST_SECTION
from tests.incidents.channel import breached, send

TAIPEI = ZoneInfo("Asia/Taipei")
FACTS = NoticeFacts(
    kind=NoticeKind.BREACHED,
    clock=ClockKind.ACKNOWLEDGE,
    severity=Severity.P1,
    what="High Error Rate",
    service="chatops-gateway",
    people=["Lin Yu-ting"],
    due_at=datetime(2026, 11, 23, 6, 30, 5, tzinfo=UTC),
    zone=TAIPEI,
)
HOSTILE = [
    "<!channel> wake up",
    "<!here|here> <@U012AB3CD> <#C123|general> <!subteam^S1>",
    "@channel @everyone @here",
    "<https://evil.example.com|Open the incident>",
    "a & b &lt;!channel&gt;",
    "one\n*two*\r\nthree\u2028four",
    "\x1b[2J\u202eesrever\x00",
    "*" * 5_000,
    "&" * 5_000,
    "𝔘" * 400,
]


def texts_of(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        yield from [block["text"]] if "text" in block else block["fields"]


def test_it_says_which_clock_of_what_when_and_who_has_it() -> None:
    text, blocks = notice_text(FACTS)
    assert text == (
        ":red_circle: P1 · Acknowledge is breached: High Error Rate · 2026-11-23 06:30:05 UTC (14:30:05 Asia/Taipei)"
    )
    assert [part["text"] for part in texts_of(blocks)] == [
        "*:red_circle: P1 · Acknowledge is breached*",
        "High Error Rate",
        "*Due*\n2026-11-23 06:30:05 UTC (14:30:05 Asia/Taipei)",
        "*Who has it*\nLin Yu-ting",
        "*Service*\nchatops-gateway",
    ]


def test_each_kind_has_its_own_words() -> None:
    assert len({notice_text(replace(FACTS, kind=kind)).text.partition("P1")[2] for kind in NoticeKind}) == len(
        NoticeKind
    )


@pytest.mark.parametrize(
    ("zone", "due_at", "expected"),
    [
        (
            "Asia/Taipei",
            datetime(2026, 11, 23, 23, 0, tzinfo=UTC),
            "2026-11-23 23:00:00 UTC (2026-11-24 07:00:00 Asia/Taipei)",
        ),
        ("UTC", datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "2026-11-23 23:00:00 UTC"),
        ("Asia/Kathmandu", datetime(2026, 7, 1, 0, 0, tzinfo=UTC), "2026-07-01 00:00:00 UTC (05:45:00 Asia/Kathmandu)"),
    ],
)
def test_due_in_utc_and_in_the_policys_zone(zone: str, due_at: datetime, expected: str) -> None:
    assert due_text(due_at, ZoneInfo(zone)) == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], "nobody"),
        (["A", "B", "C"], "A, B, C"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
        (["50% <!here>"] * 4, "50% &lt;!here&gt;, 50% &lt;!here&gt;, 50% &lt;!here&gt; and 1 more"),
    ],
)
def test_who_has_it(people: list[str], expected: str) -> None:
    fields = list(texts_of(notice_text(replace(FACTS, people=people)).blocks))
    assert fields[3]["text"].removeprefix("*Who has it*\n") == expected


@pytest.mark.parametrize("kind", [NoticeKind.ESCALATED, NoticeKind.REMINDED])
@pytest.mark.parametrize(
    ("next_people", "expected"),
    [("Kenji Sato, Ana", "Kenji Sato, Ana"), ("", "nobody: its escalation policy has no next level")],
)
def test_who_is_next_is_told_at_the_escalate_clocks_deadline(kind: NoticeKind, next_people: str, expected: str) -> None:
    fields = list(texts_of(notice_text(replace(FACTS, kind=kind, next_people=next_people)).blocks))
    assert fields[5]["text"] == f"*Next level*\n{expected}"


def assert_harmless(facts: NoticeFacts) -> None:
    """No control sequence but our own link's, no mention, everything within Slack's limits and each in an object of its own."""
    text, blocks = notice_text(facts)
    parts = list(texts_of(blocks))
    for part in [{"text": text, "verbatim": True}, *parts]:
        assert "<" not in part["text"]
        assert ">" not in part["text"]
        for word in ("@channel", "@here", "@everyone"):
            assert word not in part["text"].casefold()
        assert part["verbatim"] is True
        assert 1 <= len(part["text"]) <= LONGEST_FIELD < LONGEST_SECTION
        # What we write has at most one line break, after a field's label.
        assert part["text"].count("\n") <= 1
    assert len(json.dumps(blocks)) < 32_000


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    assert_harmless(replace(FACTS, what=words, service=words, people=[words] * 5))
    assert_harmless(replace(FACTS, kind=NoticeKind.REMINDED, next_people=words))


@given(st.text(alphabet=st.sampled_from("<>&!@#|*_`~\n\r\t chanelrvyo\u2028\u202e😀"), max_size=500))
def test_any_words_stay_words(words: str) -> None:
    assert_harmless(replace(FACTS, what=words, service=words, people=[words]))


def test_escaping_loses_nothing() -> None:
    (_first, what, *_rest) = texts_of(notice_text(replace(FACTS, what="a < b && c > d")).blocks)
    assert what["text"] == "a &lt; b &amp;&amp; c &gt; d"


def test_the_link_leads_to_the_room_and_cannot_be_broken_out_of() -> None:
    *_others, link = texts_of(notice_text(replace(FACTS, link="https://oncall.example.com/?a=1&b=<x>|y")).blocks)
    assert link["text"] == "<https://oncall.example.com/?a=1&amp;b=&lt;x&gt;%7Cy|Open the incident>"


@pytest.mark.django_db
def test_the_room_is_linked_where_the_portals_address_is_known(slack: RunningSlack, settings: Any) -> None:
    incident = breached(1)
    settings.PORTAL_URL = "https://oncall.example.com"
    send(slack)
    breached(2)
    settings.PORTAL_URL = ""
    send(slack)
    first, second = (json.dumps(message["blocks"]) for message in slack.messages)
    assert f"<https://oncall.example.com/incidents/{incident.number}/|Open the incident>" in first
    assert "https" not in second


@pytest.mark.django_db
def test_it_speaks_the_channels_language_and_leaves_the_workers_alone(slack: RunningSlack, settings: Any) -> None:
    settings.PORTAL_LANGUAGE = "zh-hant"
    before = get_language()
    breached(1)
    send(slack)
    assert "響應" in slack.texts[0]
    assert get_language() == before


@pytest.mark.django_db
@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_reaches_slack_as_words(slack: RunningSlack, title: str) -> None:
    breached(1, title=f"[P0] {title[:1_000]}".replace("\x00", ""))
    assert send(slack).sent == 1
    (message,) = slack.messages
    assert "<" not in json.dumps(message)
    assert (message["parse"], message["link_names"]) == ("none", False)
