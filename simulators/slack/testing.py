"""The simulator inside a test's process: real HTTP on a free port, served from a thread.

with running_slack() as slack:
    settings.SLACK_WEBHOOK_URL = slack.webhook_url
    slack.fail(status=429, retry_after=30)
    assert slack.texts == [":warning: P1 · …"]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulators.serving import served
from simulators.slack.application import make_application
from simulators.slack.channel import Channel, Fault
from simulators.slack.webhook import PATH


class RunningSlack:
    """A simulator that is being served at `url`."""

    def __init__(self, channel: Channel, url: str) -> None:
        self.channel = channel
        self.url = url

    @property
    def webhook_url(self) -> str:
        """The only address that may be posted to."""
        return self.url + PATH

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was posted, oldest first."""
        return list(self.channel.messages)

    @property
    def texts(self) -> list[str]:
        """Their plain texts."""
        return [str(message.get("text")) for message in self.messages]

    def fail(self, **fault: Any) -> Fault:
        """Arms a fault (fields of `channel.Fault`)."""
        armed = Fault(**fault)
        self.channel.faults.append(armed)
        return armed

    def reset(self) -> None:
        """An empty channel for the next test, as many posts as come."""
        self.channel.rate = None
        self.channel.reset()


@contextmanager
def running_slack() -> Iterator[RunningSlack]:
    """Serves a simulator while the block runs."""
    channel = Channel()
    with served(make_application(channel), "slack") as url:
        yield RunningSlack(channel, url)
