"""The words of an update: places, times, and what Slack makes of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.enums import Severity
from incidents.updates.kinds import UpdateOccasion, UpdateState
from incidents.updates.slack import UpdateFacts, slack_update
from incidents.updates.words import FIRST_WORDS, PLACES, Facts, fill, fill_next, moment, unknown_places
from simulators.slack.webhook import LONGEST_FIELD, LONGEST_SECTION

NOW = datetime(2026, 11, 27, 18, 41, tzinfo=UTC)
EVIL = "<!channel> <@U1> @here & <http://x|y> *b* `c`"


def test_the_portals_own_words_have_known_places_alone() -> None:
    for occasion in UpdateOccasion:
        assert unknown_places(str(FIRST_WORDS[occasion])) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_fills_a_place_is_never_filled_itself(what: str, service: str) -> None:
    template = " ".join(PLACES)
    filled = fill(template, Facts(what, service, "03:00", ("Lin", "Kenji")))
    assert filled == f"{what} {service} 03:00 Lin, Kenji {{next}}"


def test_nobody_and_nothing_promised() -> None:
    assert fill("{who}", Facts("", "", "", ())) == "nobody yet"
    assert fill_next("by {next}", "") == "by further notice"


@pytest.mark.parametrize(
    ("at", "zone", "words"),
    [
        (NOW, "Asia/Taipei", "02:41 (UTC+8)"),
        (NOW, "UTC", "18:41 (UTC)"),
        (NOW, "Asia/Kolkata", "00:11 (UTC+5:30)"),
        (NOW, "America/St_Johns", "15:11 (UTC-3:30)"),
        (datetime(2026, 11, 27, 15, 0, tzinfo=UTC), "Asia/Taipei", "2026-11-27 23:00 (UTC+8)"),
    ],
)
def test_moments(at: datetime, zone: str, words: str) -> None:
    assert moment(at, ZoneInfo(zone), now=NOW) == words


def facts(text: str, author: str = "Lin Yu-ting", service: str = "chatops-gateway") -> UpdateFacts:
    return UpdateFacts(
        state=UpdateState.IDENTIFIED,
        severity=Severity.P1,
        service=service,
        text=text,
        author=author,
        sent_at=NOW,
        next_due_at=NOW,
        zone=ZoneInfo("Asia/Taipei"),
        link="https://portal.example.com/status/",
    )


def test_what_the_channel_reads() -> None:
    told = slack_update(facts("The pooler is full."))
    assert told.text == ":mega: P1 · Identified · chatops-gateway: The pooler is full."
    assert [block.get("text", {}).get("text") for block in told.blocks] == [
        "*:mega: P1 · Identified · chatops-gateway*",
        "The pooler is full.",
        None,
        "<https://portal.example.com/status/|Status page>",
    ]
    assert [each["text"] for each in told.blocks[2]["fields"]] == [
        "*Told by*\nLin Yu-ting",
        "*Told at*\n2026-11-27 18:41:00 UTC (2026-11-28 02:41:00 Asia/Taipei)",
        "*Next update by*\n2026-11-27 18:41:00 UTC (2026-11-28 02:41:00 Asia/Taipei)",
    ]


def test_nobody_is_mentioned_and_nothing_is_a_link() -> None:
    told = slack_update(facts(EVIL, author=EVIL, service=EVIL))
    assert told.blocks[1]["text"]["type"] == "plain_text"
    assert "@here" not in told.blocks[1]["text"]["text"]
    marked = [told.text, told.blocks[0]["text"]["text"], *(each["text"] for each in told.blocks[2]["fields"])]
    for words in marked:
        assert "<" not in words
        assert "@here" not in words


@given(st.text(min_size=1, max_size=1_000), st.sampled_from(["@", "&", "<", "𝔘"]))
def test_it_is_as_long_as_slack_takes(text: str, mark: str) -> None:
    for words in (text, mark * 1_000):
        told = slack_update(facts(words, author=words, service=words[:255]))
        assert all(len(block["text"]["text"]) <= LONGEST_SECTION for block in told.blocks if "text" in block)
        assert all(len(each["text"]) <= LONGEST_FIELD for each in told.blocks[2]["fields"])
