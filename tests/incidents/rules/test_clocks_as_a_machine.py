"""Facts that arrive in any order, twice, and about any instant, against a model that just lives through them in order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from incidents.calendars import BusinessCalendar
from incidents.enums import ClockKind, ClockPhase, EntryKind, Severity
from incidents.policy import GUIDE_TARGETS, SlaPolicy
from incidents.sla import Fact, breach_of, cycles, engaged, phase_at, stop_of, timing
from tests.incidents.rules import IS_NIGHTLY

START = datetime(2026, 3, 27, 22, 0, tzinfo=UTC)
POLICY = SlaPolicy(
    targets=GUIDE_TARGETS,
    at_risk_percent=80,
    calendar=BusinessCalendar(zone=ZoneInfo("Europe/Madrid"), closes_at=time(18), country="ES"),
)
PEOPLE = ["Lin", "Kenji", "Sofia"]
STOPS = {
    EntryKind.RESPONDING: {ClockKind.RESPOND},
    EntryKind.NOTE: {ClockKind.RESPOND},
    EntryKind.SEVERITY_JUDGED: {ClockKind.RESPOND},
    EntryKind.REQUESTED: {ClockKind.RESPOND},
    EntryKind.ACKNOWLEDGED: {ClockKind.RESPOND, ClockKind.ACKNOWLEDGE},
    EntryKind.ESCALATED: {ClockKind.ESCALATE},
}
BY_PEOPLE_ALONE = {EntryKind.RESPONDING, EntryKind.NOTE, EntryKind.SEVERITY_JUDGED, EntryKind.REQUESTED}


@dataclass
class Round:
    """A cycle as it was lived through."""

    started_at: datetime
    stops: dict[ClockKind, tuple[datetime, str]] = field(default_factory=dict)
    took_part: list[str] = field(default_factory=list)


def live_through(facts: set[Fact]) -> list[Round]:
    """One fact after the other, as somebody would who was there."""
    rounds, is_open = [Round(START)], True
    for fact in sorted(facts, key=lambda each: each.occurred_at):
        here = rounds[-1]
        if fact.kind is EntryKind.REOPENED and not is_open:
            rounds.append(Round(fact.occurred_at))
            is_open = True
        if fact.kind is EntryKind.RESOLVED:
            is_open = False
        ended = set(ClockKind) if fact.kind is EntryKind.RESOLVED else STOPS.get(fact.kind, set())
        if fact.by_person or fact.kind not in BY_PEOPLE_ALONE:
            for kind in ended:
                here.stops.setdefault(kind, (fact.occurred_at, fact.actor_name))
        is_part = fact.kind in (EntryKind.ACKNOWLEDGED, EntryKind.RESPONDING) and fact.by_person
        if is_part and fact.actor_name not in here.took_part:
            here.took_part.append(fact.actor_name)
    return rounds


class Clocks(RuleBasedStateMachine):
    """Two things do not share a second here; what does is told of in test_sla_cycles.py and the stories."""

    @initialize(severity=st.sampled_from(list(Severity)))
    def trigger(self, severity: Severity) -> None:
        self.severity = severity
        self.heard: list[Fact] = []
        self.now = START

    @rule(
        kind=st.sampled_from(
            [*STOPS, EntryKind.RESOLVED, EntryKind.REOPENED, EntryKind.UNACKNOWLEDGED, EntryKind.SNOOZED]
        ),
        second=st.integers(1, 5 * 86_400),
        who=st.sampled_from(PEOPLE),
        by_person=st.booleans(),
    )
    def hear(self, kind: EntryKind, second: int, who: str, *, by_person: bool) -> None:
        """News of any instant, earlier or later than what is known."""
        at = START + timedelta(seconds=second)
        if all(each.occurred_at != at for each in self.heard):
            self.heard.append(Fact(kind, at, actor_name=who, by_person=by_person))

    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        """The same news once more."""
        if self.heard:
            self.heard.append(data.draw(st.sampled_from(self.heard)))

    @rule(data=st.data())
    def learn_that_it_was_not_so(self, data: st.DataObject) -> None:
        """A hint that PagerDuty's log does not confirm."""
        if self.heard:
            wrong = data.draw(st.sampled_from(self.heard))
            self.heard = [each for each in self.heard if each != wrong]

    @rule(severity=st.sampled_from(list(Severity)))
    def judge(self, severity: Severity) -> None:
        self.severity = severity

    @rule(seconds=st.integers(1, 86_400))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def the_clocks_say_what_happened(self) -> None:
        if not hasattr(self, "heard"):
            return
        model, found = live_through(set(self.heard)), cycles(START, self.heard)
        assert [cycle.started_at for cycle in found] == [each.started_at for each in model]
        assert [cycle.number for cycle in found] == list(range(1, len(model) + 1))
        for cycle, lived in zip(found, model, strict=True):
            assert [fact.actor_name for fact in engaged(cycle, self.heard)] == lived.took_part
            for kind in ClockKind:
                stop = stop_of(kind, cycle, self.heard)
                assert (stop and (stop.at, stop.by)) == lived.stops.get(kind)
                self._is_breached_or_not(kind, cycle.started_at, stop.at if stop else None)

    def _is_breached_or_not(self, kind: ClockKind, started_at: datetime, stopped_at: datetime | None) -> None:
        when = timing(kind, self.severity, started_at, POLICY)
        late = stopped_at is not None and stopped_at > when.due_at
        overdue = stopped_at is None and self.now >= when.due_at
        breached_at = breach_of(when.due_at, ended_at=stopped_at, now=self.now)
        assert breached_at == (when.due_at if late or overdue else None)
        phase = phase_at(
            self.now, due_at=when.due_at, at_risk_at=when.at_risk_at, stopped_at=stopped_at, closed_at=None
        )
        assert (phase is ClockPhase.MET_LATE) is late
        assert (phase is ClockPhase.BREACHED) is overdue


TestClocks = Clocks.TestCase
TestClocks.settings = settings(
    max_examples=5_000 if IS_NIGHTLY else 60, stateful_step_count=25, deadline=None, derandomize=not IS_NIGHTLY
)
