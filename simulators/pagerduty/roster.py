"""Who belongs to the account, how they are paged, and who of them is on call: what is read of its records for that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulators.pagerduty.directory import MEMBER_IDS, USERS, User
from simulators.pagerduty.paging import EscalationPolicy, Paging
from simulators.pagerduty.rotation import Shift, final_shifts
from simulators.pagerduty.rotation_v3 import final_shifts_v3
from simulators.pagerduty.schedule import Schedule
from simulators.pagerduty.schedule_v3 import ScheduleV3


class Roster:
    """The part of the world that answers these questions."""

    records: dict[str, dict[str, Any]]
    settings: dict[str, Any]

    @property
    def schedules(self) -> dict[str, Schedule]:
        """All schedules of REST v2 by id."""
        return self.records[Schedule.kind]

    @property
    def schedules_v3(self) -> dict[str, ScheduleV3]:
        """All shift-based schedules by id."""
        return self.records[ScheduleV3.kind]

    @property
    def policies(self) -> dict[str, EscalationPolicy]:
        """All escalation policies by id."""
        return self.records[EscalationPolicy.kind]

    @property
    def members(self) -> dict[str, User]:
        """Everybody of the account by id."""
        return {id_: USERS[id_] for id_ in (*MEMBER_IDS, *self.settings.get("member_ids", []))}

    def paging(self, user_id: str) -> Paging:
        """How a user is reached."""
        kept: Paging | None = self.records[Paging.kind].get(user_id)
        if kept is not None:
            return kept
        user = USERS[user_id]
        return Paging(id=user_id, contact_methods=user.contact_methods, notification_rules=user.notification_rules)

    def schedule(self, id_: str) -> Schedule | ScheduleV3:
        """A schedule of either kind."""
        return self.schedules.get(id_) or self.schedules_v3[id_]

    def shifts(self, schedule_id: str, since: datetime, until: datetime) -> list[Shift]:
        """Who is on call by a schedule of either kind in `[since, until]`, uncut, oldest first."""
        schedule = self.schedule(schedule_id)
        if isinstance(schedule, ScheduleV3):
            return final_shifts_v3(schedule, since, until)
        return final_shifts(schedule, since, until)

    def on_call_at(self, policy_id: str, level: int, at: datetime) -> list[str]:
        """Whom a level of an escalation policy assigns, as user ids: all its targets, each once."""
        found: list[str] = []
        for target in self.policies[policy_id].rules[level - 1].targets:
            if target.kind == "user":
                found.append(target.id)
            else:
                found += [shift.user_id for shift in self.shifts(target.id, at, at) if shift.start <= at]
        return list(dict.fromkeys(found))

    def first_on_call(self, policy_id: str, level: int, at: datetime) -> tuple[int, list[str]]:
        """The first level from `level` on that assigns somebody, and whom; a level in whose gap it is, is passed."""
        for each in range(level, len(self.policies[policy_id].rules) + 1):
            if user_ids := self.on_call_at(policy_id, each, at):
                return each, user_ids
        return level, []
