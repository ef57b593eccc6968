"""What every page's frame shows: who is on call, how fresh the data is, what the reader may do."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from incidents.freshness import ClusterSilence, Freshness, Pulse, Watch, take_pulse
from shifts.duties import Duty, Frame, duties_at, shift_ids_of, with_readiness
from shifts.gaps import Gap
from shifts.readiness import readiness_of

#: Every page asks whether people are ready, and looking costs three queries: each process looks once in so many seconds.
READINESS_KEPT_SECONDS = 10


@dataclass
class Shell:
    """The frame's facts, each read when a template asks for it and at most once a request."""

    user: User

    @cached_property
    def _pulse(self) -> Pulse:
        return take_pulse()

    @property
    def server_now(self) -> datetime:
        return self._pulse.now

    @property
    def freshness(self) -> Freshness:
        return self._pulse.pagerduty

    @property
    def watch(self) -> Watch:
        return self._pulse.watch

    @property
    def cluster(self) -> ClusterSilence | None:
        return self._pulse.cluster

    @cached_property
    def _duties(self) -> Frame:
        return duties_at(self.server_now, me=self.user.person_key)

    @cached_property
    def on_call(self) -> list[Duty]:
        """Who is on call now and next, and whether they are ready."""
        duties = self._duties.duties
        shift_ids = shift_ids_of(duties)
        if not shift_ids:
            return duties
        key = f"readiness:{hash(tuple(shift_ids))}"
        known = cache.get(key)
        if known is None:
            known = readiness_of(shift_ids, self.server_now)
            cache.set(key, known, READINESS_KEPT_SECONDS)
        return with_readiness(duties, known)

    @property
    def unseen_notices(self) -> int:
        return self._duties.unseen

    @property
    def gaps(self) -> list[Gap]:
        """Where nobody will be on call, the worst first."""
        return self._duties.gaps

    @property
    def can_act(self) -> bool:
        return self.user.has_role(Role.RESPONDER)

    @property
    def me(self) -> str:
        return self.user.pagerduty_id or ""

    @property
    def time_zone(self) -> str:
        return timezone.get_current_timezone_name()

    @property
    def languages(self) -> list[tuple[str, str]]:
        return [(code, str(name)) for code, name in settings.LANGUAGES]
