"""YAML as nodes that know their lines, from a text that nobody vouches for. Pure."""

from typing import Any

import yaml

#: A runbook's front matter is four levels deep.
DEEPEST = 8


class NoYaml(Exception):
    """The text is no YAML, or none that is accepted; `line` counts from 0."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class _Loader(yaml.SafeLoader):
    """Composes nodes and builds no object. What could make much of little is refused: aliases, and nesting without end."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        line = event.start_mark.line if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise NoYaml(line, "aliases are not accepted")
        if self.depth == DEEPEST:
            raise NoYaml(line, "it is nested too deeply")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def compose(text: str) -> yaml.Node | None:
    """The root node, None for an empty text. Raises NoYaml."""
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NoYaml(mark.line if mark else 0, error.problem or str(error)) from error
    except yaml.reader.ReaderError as error:
        raise NoYaml(text.count("\n", 0, error.position), error.reason) from error
    except (ValueError, OverflowError) as error:  # An escape that names no character.
        raise NoYaml(0, str(error)) from error
