"""What a runbook is, once it is read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from incidents.enums import EvidenceKind, MitigationVerb

#: The language of a runbook's own file; translations stand beside it.
ENGLISH = "en"


class StepKind(StrEnum):
    """What a step asks for: reading and doing, a read-only diagnostic, or an action on what runs."""

    TEXT = "text"
    CHECK = "check"
    MITIGATION = "mitigation"


@dataclass(frozen=True)
class Step:
    """One step. `key` names it for ever, whatever its words become; `parameters` are the mitigation's, checked.

    `line` is where it stands in its file.
    """

    key: str
    text: str
    check: EvidenceKind | None = None
    verb: MitigationVerb | None = None
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    line: int = field(default=1, compare=False)

    @property
    def kind(self) -> StepKind:
        if self.check is not None:
            return StepKind.CHECK
        return StepKind.MITIGATION if self.verb is not None else StepKind.TEXT

    def does_the_same_as(self, other: "Step") -> bool:
        """Whether only the words differ."""
        mine = (self.key, self.check, self.verb, dict(self.parameters))
        return mine == (other.key, other.check, other.verb, dict(other.parameters))


@dataclass(frozen=True)
class Applies:
    """When a runbook applies: at one of the services, and where the title or the metric says one of the phrases.

    What is empty asks for nothing; with all of it empty the runbook fits every incident.
    """

    services: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    @property
    def is_always(self) -> bool:
        return not (self.services or self.words or self.metrics)


@dataclass(frozen=True)
class Runbook:
    """A procedure in one language. `slug` is its file's name."""

    slug: str
    language: str
    title: str
    applies: Applies
    steps: tuple[Step, ...]
    body: str

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file. `template` is translated when it is shown; `details` fill its places."""

    file: str
    line: int
    template: Any
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return str(self.template) % self.details

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class BrokenRunbook(Exception):
    """A file is no runbook, for all these reasons."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
