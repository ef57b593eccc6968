"""The bonus of a P0: when its last condition came about, to whoever took part, once."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from accounts.database_time import database_now
from compensation.enums import LineKind, Missing, Sharing
from compensation.how import how
from compensation.models import LedgerLine
from compensation.month_panel import month_panel
from compensation.services.draft_month import draft_month
from compensation.services.publish_month import publish_month
from compensation.terms import next_month
from incidents.enums import EntryKind
from incidents.models import Incident, Review, TimelineEntry
from incidents.services.ask_pagerduty import Act, respond_to_incident
from incidents.services.ingest import ingest_facts, ingest_snapshot
from incidents.services.record_facts import VendorFact
from tests.cast import Cast
from tests.compensation.making import approve_all, at, finish_review, last_month, make_p0, make_rule, published
from tests.factories import KENJI, make_incident, snapshot
from tests.shifts.making import DAY

pytestmark = pytest.mark.django_db


def bonuses() -> dict[str, Decimal]:
    lines = LedgerLine.objects.filter(kind=LineKind.BONUS).order_by("-amount", "pk").select_related("person")
    return {line.person.name: line.amount for line in lines}


def kenji_too(incident: Incident) -> None:
    """Kenji acknowledged it after Lin."""
    fact = VendorFact(
        EntryKind.ACKNOWLEDGED, incident.triggered_at + timedelta(seconds=90), agent=KENJI, source_id=f"K{incident.pk}"
    )
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[fact])


def lacks(cast: Cast) -> dict[int, list[Missing]]:
    panel = month_panel(last_month(), cast.manager, database_now())
    return {row.incident.number: row.missing for row in panel.unrewarded}


def test_one_handled_successfully_is_rewarded(cast: Cast) -> None:
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    p0 = make_p0(1, at(last_month() + DAY, 12), reviewed_by=cast.manager)
    draft_month(actor=cast.manager, first=last_month())
    line = LedgerLine.objects.get()
    assert (line.kind, line.incident, line.amount) == (LineKind.BONUS, p0, Decimal(3000))
    assert lacks(cast) == {}


def test_who_judged_it_stands_on_the_line(cast: Cast) -> None:
    """Whoever approves it sees that the one who is paid has said so themselves."""
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    p0 = make_p0(1, at(last_month() + DAY, 12), reviewed_by=cast.manager)
    Incident.objects.update(severity_source="judged")
    for name in ("Kenji Sato", "Lin Yu-ting"):
        TimelineEntry.objects.create(
            incident=p0, kind="severity_judged", source="portal", occurred_at=database_now(), actor_name=name
        )
    draft_month(actor=cast.manager, first=last_month())
    line = LedgerLine.objects.get()
    words = how(line.kind, line.detail, "TWD", UTC)
    assert words[1:] == ["Lin Yu-ting judged that it was a P0."]


@pytest.mark.parametrize(("sharing", "lins", "kenjis"), [("shared", "50.01", "50.00"), ("each", "100.01", "100.01")])
def test_whose_it_is(sharing: str, lins: str, kenjis: str, cast: Cast) -> None:
    make_rule(cast.manager, p0_bonus=Decimal("100.01"), sharing=Sharing(sharing))
    kenji_too(make_p0(1, at(last_month() + DAY, 12), reviewed_by=cast.manager))
    draft_month(actor=cast.manager, first=last_month())
    assert bonuses() == {"Lin Yu-ting": Decimal(lins), "Kenji Sato": Decimal(kenjis)}


def test_what_is_missing_is_said(cast: Cast) -> None:
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    no_review = make_p0(1, at(last_month() + DAY, 12))
    unfinished = make_p0(2, at(last_month() + DAY, 13))
    Review.objects.create(incident=unfinished, begun_by=cast.manager)
    late = make_p0(3, at(last_month() + DAY, 14), reviewed_by=cast.manager)
    late.clocks.filter(kind="acknowledge").update(breached_at=late.clocks.get(kind="acknowledge").due_at)
    draft_month(actor=cast.manager, first=last_month())
    assert bonuses() == {}
    assert lacks(cast) == {
        no_review.number: [Missing.NO_REVIEW],
        unfinished.number: [Missing.OPEN_REVIEW],
        late.number: [Missing.ACKNOWLEDGE],
    }


def test_what_is_no_p0_or_deleted_or_merged_has_none(cast: Cast) -> None:
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    lower, deleted, merged = (
        make_p0(number, at(last_month() + DAY, 12), reviewed_by=cast.manager) for number in (1, 2, 3)
    )
    Incident.objects.filter(pk=lower.pk).update(severity="P1")
    Incident.objects.filter(pk=deleted.pk).update(deleted_at=database_now())
    Incident.objects.filter(pk=merged.pk).update(merged_into=lower)
    draft_month(actor=cast.manager, first=last_month())
    assert bonuses() == {}
    assert lacks(cast) == {}


def test_it_is_paid_in_the_month_of_its_last_condition(cast: Cast) -> None:
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    before = (last_month() - DAY).replace(day=1)
    p0 = make_p0(1, at(before + DAY, 12))
    finish_review(p0, cast.manager, at(last_month() + DAY))
    draft_month(actor=cast.manager, first=before)
    assert bonuses() == {}
    draft_month(actor=cast.manager, first=last_month())
    assert bonuses() == {"Lin Yu-ting": Decimal(3000)}


def test_what_came_too_late_for_a_published_month_is_paid_in_the_next_and_once(cast: Cast) -> None:
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    before = (last_month() - DAY).replace(day=1)
    published(cast, before)
    p0 = make_p0(1, at(before + DAY, 12), reviewed_by=cast.manager)
    draft_month(actor=cast.manager, first=last_month())
    assert bonuses() == {"Lin Yu-ting": Decimal(3000)}
    draft_month(actor=cast.manager, first=next_month(last_month()))
    draft_month(actor=cast.manager, first=last_month())
    assert LedgerLine.objects.filter(incident=p0).count() == 1
    approve_all(cast, last_month())
    month = LedgerLine.objects.get().month
    publish_month(actor=cast.manager, first=last_month(), expected_version=month.version)
    draft_month(actor=cast.manager, first=next_month(last_month()))
    assert LedgerLine.objects.filter(incident=p0).count() == 1


def test_whoever_said_im_on_it_took_part_though_nobody_had_named_them(cast: Cast) -> None:
    """Not even PagerDuty knows them: the draft makes a person of them."""
    make_rule(cast.manager, p0_bonus=Decimal(3000))
    title = "[P0] Everything is down - chatops-gateway"
    incident = make_incident(1, minutes_old=1, title=title)
    cast.admin.pagerduty_id = None
    cast.admin.save()
    respond_to_incident(act=Act(incident.pk, cast.admin))
    resolved = VendorFact(EntryKind.RESOLVED, database_now(), agent=KENJI, source_id="R")
    over = replace(
        snapshot(1, title=title), status="resolved", resolved_at=resolved.occurred_at, people=(), as_of=database_now()
    )
    ingest_snapshot(snapshot=over, facts=[resolved])
    incident.refresh_from_db()
    assert incident.resolved_at is not None
    finish_review(incident, cast.manager, database_now())
    draft_month(actor=cast.manager, first=next_month(last_month()))
    assert bonuses() == {"Sofia Garcia": Decimal(3000)}
    assert LedgerLine.objects.get().person.pagerduty_id == cast.admin.person_key
