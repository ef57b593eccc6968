"""Reading a runbook's file: what is wrong with it is said with its line, all at once. Pure.

---
title: High CPU
applies:
  words: [cpu]
steps:
  - key: look
    text: See which pods use the CPU.
    check: top
  - key: scale-up
    text: Scale the deployment up by two replicas.
    mitigation: scale
    parameters: {by: 2}
---
Background, commands …
"""

from collections.abc import Mapping
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from incidents.enums import EvidenceKind, MitigationVerb, PodChoice
from incidents.runbooks.model import ENGLISH, Applies, BrokenRunbook, Problem, Runbook, Step
from incidents.runbooks.reading import Fields, Reader, line_of
from incidents.runbooks.yaml_lines import NoYaml, compose

FENCE = "---"
LONGEST_TITLE = 120
LONGEST_TEXT = 500
LONGEST_WORD = 80
#: Changes of scale beyond these are typing errors; what a service allows stands in the catalogue.
MOST_REPLICAS = 500
MOST_REVISION = 999_999

#: The parameters of each mitigation, as far as their names go.
PARAMETERS: Mapping[MitigationVerb, tuple[str, ...]] = {
    MitigationVerb.SCALE: ("by", "to"),
    MitigationVerb.DELETE_POD: ("choose",),
    MitigationVerb.ROLL_BACK: ("to",),
    MitigationVerb.RESTART: (),
    MitigationVerb.REBOOT_RDS: (),
}

NO_BEGINNING = _("The front matter is missing: the first line must be three dashes.")
NO_END = _("The front matter has no end: a line of three dashes is missing.")
NO_YAML = _("The front matter is no YAML: %(reason)s.")
NO_STEPS = _("A runbook needs at least one step.")
BOTH = _("A step is a check or a mitigation, not both.")
STRAY_PARAMETERS = _("“parameters” belong to a mitigation.")
KEY_TWICE = _("The key “%(key)s” is an earlier step's already.")
BY_OR_TO = _("To scale, say either “by” how many or “to” how many replicas.")
NOT_BY_NOTHING = _("“by” must not be 0: nothing would change.")
NO_CHOICE = _("To delete a pod, say which by “choose”: %(known)s.")
NO_REVISION = _("To roll back, say “to”: previous, or a revision's number.")


def parse_runbook(text: str, *, slug: str, language: str, file: str) -> Runbook:
    """The runbook of one file's text. `file` is only for complaints. Raises BrokenRunbook."""
    front, body = _split(text, file)
    try:
        root = compose(front)
    except NoYaml as error:
        raise BrokenRunbook((Problem(file, error.line + 2, NO_YAML, {"reason": error.reason}),)) from error
    reader = Reader(file)
    if root is None:
        reader.complain(1, NO_STEPS)
        raise BrokenRunbook(tuple(reader.problems))
    is_original = language == ENGLISH
    known = ("title", "applies", "steps") if is_original else ("title", "steps")
    needed = ("title", "steps")
    fields = reader.fields(root, name=FENCE, known=known, needed=needed, example="title: High CPU")
    title = reader.text(fields, "title", limit=LONGEST_TITLE)
    applies = _applies(reader, fields)
    steps = _steps(reader, fields)
    if reader.problems:
        raise BrokenRunbook(tuple(reader.problems))
    return Runbook(slug=slug, language=language, title=title, applies=applies, steps=steps, body=body.strip())


def _split(text: str, file: str) -> tuple[str, str]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        raise BrokenRunbook((Problem(file, 1, NO_BEGINNING),))
    end = next((place for place, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise BrokenRunbook((Problem(file, 1, NO_END),))
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])


def _applies(reader: Reader, fields: Fields) -> Applies:
    node = fields.get("applies")
    if node is None:
        return Applies()
    rules = reader.fields(
        node, name="applies", known=("services", "words", "metrics"), needed=(), example="words: [cpu]"
    )
    return Applies(**{name: reader.texts(rules, name, limit=LONGEST_WORD) for name in ("services", "words", "metrics")})


def _steps(reader: Reader, fields: Fields) -> tuple[Step, ...]:
    nodes = reader.items(fields, "steps")
    if not nodes and isinstance(fields.get("steps"), yaml.SequenceNode):
        reader.complain(line_of(fields["steps"]), NO_STEPS)
    steps: list[Step] = []
    for node in nodes:
        step = _step(reader, node)
        if step.key and any(step.key == earlier.key for earlier in steps):
            reader.complain(line_of(node), KEY_TWICE, key=step.key)
        steps.append(step)
    return tuple(steps)


def _step(reader: Reader, node: yaml.Node) -> Step:
    fields = reader.fields(
        node,
        name="steps",
        known=("key", "text", "check", "mitigation", "parameters"),
        needed=("key", "text"),
        example="key: look",
    )
    if "check" in fields and "mitigation" in fields:
        reader.complain(line_of(fields["mitigation"]), BOTH)
    verb = reader.one_of(fields, "mitigation", MitigationVerb)
    if "parameters" in fields and "mitigation" not in fields:
        reader.complain(line_of(fields["parameters"]), STRAY_PARAMETERS)
    return Step(
        key=reader.key(fields, "key"),
        text=reader.text(fields, "text", limit=LONGEST_TEXT),
        check=reader.one_of(fields, "check", EvidenceKind),
        verb=verb,
        parameters=_parameters(reader, fields, verb) if verb is not None else {},
        line=line_of(node),
    )


def _parameters(reader: Reader, fields: Fields, verb: MitigationVerb) -> dict[str, str | int]:
    """A mitigation's parameters: what it needs, of the right kind, and nothing else."""
    node, line = fields.get("parameters"), line_of(fields["mitigation"])
    given: Fields = {}
    if node is not None:
        complaints = len(reader.problems)
        given = reader.fields(node, name="parameters", known=PARAMETERS[verb], example="by: 2")
        if len(reader.problems) > complaints:
            return {}
        line = line_of(node)
    match verb:
        case MitigationVerb.SCALE:
            return _scale(reader, given, line)
        case MitigationVerb.DELETE_POD:
            choice = reader.one_of(given, "choose", PodChoice)
            if "choose" not in given:
                reader.complain(line, NO_CHOICE, known=", ".join(PodChoice))
            return {"choose": choice.value} if choice else {}
        case MitigationVerb.ROLL_BACK:
            return _roll_back(reader, given, line)
        case MitigationVerb.RESTART | MitigationVerb.REBOOT_RDS:
            return {}


def _scale(reader: Reader, given: Fields, line: int) -> dict[str, str | int]:
    if len(given) != 1:
        reader.complain(line, BY_OR_TO)
        return {}
    name = next(iter(given))
    least = -MOST_REPLICAS if name == "by" else 0
    number = reader.number(given, name, least=least, most=MOST_REPLICAS)
    if name == "by" and number == 0:
        reader.complain(line_of(given[name]), NOT_BY_NOTHING)
    return {name: number} if number is not None else {}


def _roll_back(reader: Reader, given: Fields, line: int) -> dict[str, str | int]:
    node: Any = given.get("to")
    if node is None:
        reader.complain(line, NO_REVISION)
        return {}
    if isinstance(node, yaml.ScalarNode) and node.value == "previous":
        return {"to": "previous"}
    if not isinstance(node, yaml.ScalarNode) or not node.value.isdecimal():
        reader.complain(line_of(node), NO_REVISION)
        return {}
    number = reader.number(given, "to", least=1, most=MOST_REVISION)
    return {"to": number} if number is not None else {}
