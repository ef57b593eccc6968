"""What every page's frame shows: who is on call, how fresh the data is, what the reader may do."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from incidents.freshness import ClusterSilence, Freshness, Pulse, Watch, take_pulse
from shifts.selectors import OnCallNow, on_call_now


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
    def on_call(self) -> list[OnCallNow]:
        return on_call_now(self.server_now, me=self.me)

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
