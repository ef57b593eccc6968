"""Plays a scenario file on the cluster: releases, load and leaks that come, and colleagues who mend them if nobody else does.

A file is JSON: `{"name", "lasts": "01:00", "steps": [step…]}`; a step has an offset from the start (`at`, `[<days>d ]HH:MM`,
ascending), a verb (`do`), a `service` (its deployment's name) and what the verb needs. How far it has come is part of the state;
time in which nothing ran does not count. When it has ended it begins again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.kubernetes import actions
from simulators.kubernetes.errors import ApiError
from simulators.kubernetes.kubelet import begin_deletion, is_active
from simulators.kubernetes.resources import DEPLOYMENTS, Object
from simulators.kubernetes.world import NAMESPACE, World
from simulators.scenario import SCENARIOS, offset

_STATE = "story"
_KEEP_PLACE_EVERY_S = 5.0


class Step(BaseModel):
    """One thing that happens.

    `deploy`: `image` is rolled out. `roll_back`: to the revision before, if `image` still runs. `load`: fields of `world.Load` for
    the service. `scale`: to `replicas`. `leak`: the service's first pod loses `mib_a_minute`, at the most `most_mib`. `replace`:
    whoever leaks is deleted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    do: Literal["deploy", "roll_back", "load", "scale", "leak", "replace"]
    service: str
    image: str = ""
    load: dict[str, float] = Field(default_factory=dict)
    replicas: int = 2
    mib_a_minute: float = 60
    most_mib: float = 300


class Story(BaseModel):
    """A whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    lasts: str
    steps: list[Step]


def load_story(name: str) -> Story:
    """A file by its path, or by its name among `simulators/scenarios`. ValueError if it is malformed, OSError if absent."""
    path = Path(name) if Path(name).suffix else SCENARIOS / f"{name}.json"
    story = Story.model_validate_json(path.read_text(encoding="utf-8"))
    offsets = [offset(step.at) for step in story.steps]
    if offsets != sorted(offsets) or (offsets and offsets[-1] >= offset(story.lasts)):
        raise ValueError(f"{path}: steps must be in order of time and within {story.lasts}")
    return story


class Player:
    """Where a story stands in a world. `tick` plays what is due; call it often."""

    def __init__(self, world: World, story: Story, *, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("speed must be greater than 0")
        self._world = world
        self._story = story
        self._speed = speed
        self._offsets = [offset(step.at).total_seconds() for step in story.steps]
        self._length = offset(story.lasts).total_seconds()
        self._last = self._saved_at = world.now()
        place = world.setting(_STATE)
        is_same = place.get("name") == story.name
        self._elapsed: float = place["elapsed"] if is_same else 0.0
        self._next: int = place["next"] if is_same else 0

    def tick(self) -> None:
        """Plays every step that has become due."""
        now = self._world.now()
        self._elapsed += max(0.0, (now - self._last).total_seconds()) * self._speed
        self._last = now
        before = self._next
        with self._world.transaction():
            while True:
                if self._next < len(self._offsets):
                    if self._offsets[self._next] > self._elapsed:
                        break
                    self._next += 1
                    self._play(self._story.steps[self._next - 1])
                elif self._elapsed >= self._length:
                    self._next, self._elapsed = 0, self._elapsed - self._length
                else:
                    break
            if self._next != before or (now - self._saved_at).total_seconds() >= _KEEP_PLACE_EVERY_S:
                self._saved_at = now
                place = {"name": self._story.name, "elapsed": self._elapsed, "next": self._next}
                self._world.store.settings[_STATE] = place

    def _play(self, step: Step) -> None:
        deployment = self._world.store.get(DEPLOYMENTS, NAMESPACE, step.service)
        if deployment is None:
            return
        try:
            self._act(step, deployment)
        except (ApiError, ValueError):
            # Somebody has changed it in the portal so that the step does not fit any more: the story goes on without it.
            return

    def _act(self, step: Step, deployment: Object) -> None:
        world, name = self._world, step.service
        app = deployment["metadata"]["labels"]["app"]
        match step.do:
            case "deploy":
                actions.deploy(world, name, image=step.image)
            case "roll_back":
                if deployment["spec"]["template"]["spec"]["containers"][0]["image"] == step.image:
                    actions.roll_back(world, name)
            case "load":
                world.set_load(app, **step.load)
            case "scale":
                actions.scale(world, name, step.replicas)
            case "leak":
                self._leak(step, app)
            case "replace":
                self._replace(app)

    def _leak(self, step: Step, app: str) -> None:
        for pod in self._pods(app)[:1]:
            self._world.leak(pod["metadata"]["uid"], step.mib_a_minute, most_mib=step.most_mib)

    def _replace(self, app: str) -> None:
        leaks: dict[str, Any] = self._world.setting("leaks")
        for pod in self._pods(app):
            if pod["metadata"]["uid"] in leaks:
                begin_deletion(self._world, pod)

    def _pods(self, app: str) -> list[Object]:
        return [pod for pod in actions.pods_of(self._world, app) if is_active(pod)]
