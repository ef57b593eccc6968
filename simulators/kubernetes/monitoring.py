"""The demo's monitoring: it watches the cluster and pages through PagerDuty's Events API, and tells it of deploys.

An alert rings when its measure has been above the threshold for some seconds, and is resolved when it has been below for as long.
What PagerDuty has not taken yet is part of the state and is sent again: each alert has one dedup key, so that twice is once.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.kubernetes import metrics
from simulators.kubernetes.clock import iso, parse
from simulators.kubernetes.deployments import sets_of
from simulators.kubernetes.resources import DEPLOYMENTS, Object
from simulators.kubernetes.shapes import REVISION_HISTORY, plain_template, revision_of
from simulators.kubernetes.world import World
from simulators.pagerduty.directory import Service as PagerDutyService
from simulators.pagerduty.directory import service_by_name
from simulators.pagerduty.monitoring import alert_text, monitoring_event

STEADY_FOR = timedelta(seconds=5)
LOOK_EVERY = timedelta(seconds=2)
_SEND_EVERY_S, _TIMEOUT_S = 1.0, 5.0


@dataclass(frozen=True)
class Rule:
    """One thing that is watched of every service. `measure` gives the value now, `text` writes it as the alert says it."""

    name: str
    title: str
    severity: str
    threshold: float
    measure: Callable[[World, str], float]
    text: str


def _mean_cpu(world: World, app: str) -> float:
    shares = [cpu for _pod, cpu, _memory in metrics.shares(world, app)]
    return sum(shares) / len(shares) if shares else 0.0


def _most_memory(world: World, app: str) -> float:
    return max((memory for _pod, _cpu, memory in metrics.shares(world, app)), default=0.0)


RULES = (
    Rule(
        "error-rate", "[P1] High Error Rate", "critical", 1, metrics.error_rate, "Error rate: {:.1f}% (threshold: 1%)"
    ),
    Rule("cpu", "[P2] High CPU", "error", 80, _mean_cpu, "CPU usage: {:.0f}% (threshold: 80%)"),
    Rule("memory", "[P2] High memory", "error", 85, _most_memory, "Memory usage: {:.0f}% (threshold: 85%)"),
)


class Monitoring:
    """Watches one world. `tick` looks; a thread of its own sends, so that a slow PagerDuty delays nothing."""

    def __init__(self, world: World, pagerduty_url: str) -> None:
        self._world = world
        self._url = pagerduty_url.rstrip("/")
        self._looked_at: datetime | None = None
        self._is_stopped = threading.Event()
        self._has_news = threading.Event()
        self._sending = threading.Thread(target=self._send_until_stopped, name="cluster monitoring", daemon=True)

    def start(self) -> None:
        """Starts the sending."""
        self._sending.start()

    def close(self) -> None:
        """Stops it."""
        self._is_stopped.set()
        self._has_news.set()
        if self._sending.is_alive():
            self._sending.join()

    # -- looking -------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Looks at every service, some seconds after the last look."""
        now = self._world.now()
        if self._looked_at is not None and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        with self._world.transaction():
            for deployment in self._world.store.all(DEPLOYMENTS):
                service = service_by_name(deployment["metadata"]["labels"].get("app", ""))
                if service is not None:
                    self._tell_rollout(deployment, service, now)
                    for rule in RULES:
                        self._judge(rule, service, now)
        self._has_news.set()

    def _judge(self, rule: Rule, service: PagerDutyService, now: datetime) -> None:
        """Turns an alert on or off when its measure has been on the other side for long enough."""
        key = f"cluster/{service.name}/{rule.name}"
        alert: dict[str, Any] = self._world.setting("alerts").get(key) or {"is_firing": False, "turning_since": None}
        value = rule.measure(self._world, service.name)
        is_above = value > rule.threshold
        if is_above == alert["is_firing"]:
            changed = {**alert, "turning_since": None}
        elif alert["turning_since"] is None:
            changed = {**alert, "turning_since": iso(now)}
        elif now - parse(alert["turning_since"]) < STEADY_FOR:
            return
        else:
            changed = {"is_firing": is_above, "turning_since": None}
            self._owe(key, self._event(rule, service, key, value, parse(alert["turning_since"]) if is_above else None))
        if changed != alert:
            self._world.change("alerts", key, changed)

    def _event(
        self, rule: Rule, service: PagerDutyService, key: str, value: float, triggered_at: datetime | None
    ) -> dict[str, Any]:
        if triggered_at is None:
            return {"routing_key": service.routing_key, "event_action": "resolve", "dedup_key": key}
        return monitoring_event(
            service,
            summary=f"{rule.title} - {service.name}",
            severity=rule.severity,
            body=alert_text(rule.text.format(value), triggered_at),
            dedup_key=key,
        )

    def _tell_rollout(self, deployment: Object, service: PagerDutyService, now: datetime) -> None:
        """A change event for each new revision of a deployment, whoever made it."""
        name, revision = deployment["metadata"]["name"], revision_of(deployment)
        known = self._world.setting("told_revisions").get(name)
        if known == revision:
            return
        self._world.change("told_revisions", name, revision)
        if known is None:
            return  # The first look: what runs was deployed long ago.
        payload = {
            "summary": _summary(self._world, deployment),
            "timestamp": iso(now),
            "source": "cluster/chatops",
            "custom_details": {"deployment": name, "revision": revision},
        }
        self._owe(f"change/{name}/{revision}", {"routing_key": service.routing_key, "payload": payload, "links": []})

    def _owe(self, key: str, event: dict[str, Any]) -> None:
        """PagerDuty is to hear of it; a newer word on the same alert takes the place of an older one that was not sent."""
        owed = {name: value for name, value in self._world.setting("owed").items() if name != key}
        self._world.store.settings["owed"] = {**owed, key: event}

    # -- sending -------------------------------------------------------------------------------------------------------

    def _send_until_stopped(self) -> None:
        while not self._is_stopped.is_set():
            self._has_news.wait(_SEND_EVERY_S)
            self._has_news.clear()
            if not self._send_owed():
                self._is_stopped.wait(_SEND_EVERY_S)

    def _send_owed(self) -> bool:
        """Sends what is owed, oldest first, until PagerDuty does not take one. Whether all was taken."""
        for key, event in list(self._world.setting("owed").items()):
            if self._is_stopped.is_set() or not self._post(event):
                return False
            with self._world.transaction():
                if self._world.setting("owed").get(key) == event:
                    self._world.change("owed", key, None)
        return True

    def _post(self, event: dict[str, Any]) -> bool:
        """Whether there is nothing more to do: it was taken, or is refused for good."""
        path = "/v2/enqueue" if "event_action" in event else "/v2/change/enqueue"
        request = urllib.request.Request(  # noqa: S310 - the address is the demo's own
            self._url + path, json.dumps(event).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return 400 <= error.code < 500 and error.code != 429
        except OSError:
            return False


def _summary(world: World, deployment: Object) -> str:
    """What was rolled out, in words: another image, an earlier revision, or the same anew."""
    name = deployment["metadata"]["name"]
    *older, current = sets_of(world, deployment)
    image = current["spec"]["template"]["spec"]["containers"][0]["image"]
    version = image.rpartition(":")[2]
    if current["metadata"]["annotations"].get(REVISION_HISTORY):
        return f"Roll back {name} to {version}"
    before = plain_template(older[-1]["spec"]["template"]) if older else {}
    if before and before["spec"]["containers"][0]["image"] == image:
        return f"Restart or reconfigure {name} {version}"
    return f"Deploy {name} {version}"
