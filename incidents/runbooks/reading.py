"""Taking values out of YAML nodes: each one typed and bounded, each complaint with its line. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import yaml
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from incidents.runbooks.model import Problem
from integrations.text import clean_text

NULL = "tag:yaml.org,2002:null"
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_KEY = 64
MOST_ITEMS = 50
LONGEST_VALUE_SHOWN = 60

NOT_A_TEXT = _("“%(name)s” must be a text of at most %(limit)s characters.")
NOT_A_LIST = _("“%(name)s” must be a list of at most %(limit)s entries.")
NOT_A_MAPPING = _("“%(name)s” must have names and values, such as “%(example)s”.")
MISSING = _("“%(name)s” is missing.")
UNKNOWN = _("“%(name)s” is not known here; known are %(known)s.")
TWICE = _("“%(name)s” stands here twice.")
NOT_ONE_OF = _("“%(name)s” cannot be “%(value)s”; there are %(known)s.")
NOT_A_KEY = _("“%(name)s” has small letters, digits and dashes between them, at most %(limit)s.")
NOT_A_NUMBER = _("“%(name)s” must be a whole number from %(least)s to %(most)s.")

type Fields = Mapping[str, yaml.Node]


def line_of(node: yaml.Node) -> int:
    """The node's line in the file, from 1; above the YAML stands one line of dashes."""
    line: int = node.start_mark.line
    return line + 2


class Reader:
    """Reads one file's nodes; what is wrong gathers in `problems`, and a harmless value stands in for it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def complain(self, line: int, template: Any, **details: object) -> None:
        self.problems.append(Problem(self.file, line, template, details))

    def fields(
        self, node: yaml.Node, *, name: str, known: Collection[str], needed: Iterable[str] = (), example: str
    ) -> Fields:
        """A mapping's values by name: only known ones, each once, the needed ones there."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(line_of(node), NOT_A_MAPPING, name=name, example=example)
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            word = _shown(key)
            if not isinstance(key, yaml.ScalarNode) or word not in known:
                self.complain(line_of(key), UNKNOWN, name=word, known=", ".join(known) or "–")
            elif word in found:
                self.complain(line_of(key), TWICE, name=word)
            else:
                found[word] = value
        for word in needed:
            if word not in found:
                self.complain(line_of(node), MISSING, name=word)
        return found

    def text(self, fields: Fields, name: str, *, limit: int) -> str:
        """A text on one line, blanks around it dropped. "" where it is missing or was complained of."""
        node = fields.get(name)
        return self._text_of(node, name, limit) if node is not None else ""

    def texts(self, fields: Fields, name: str, *, limit: int) -> tuple[str, ...]:
        nodes = self.items(fields, name)
        return tuple(text for node in nodes if (text := self._text_of(node, name, limit)))

    def items(self, fields: Fields, name: str) -> list[yaml.Node]:
        """A list's nodes. Missing is empty."""
        node = fields.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not len(node.value) <= MOST_ITEMS:
            self.complain(line_of(node), NOT_A_LIST, name=name, limit=MOST_ITEMS)
            return []
        return list(node.value)

    def key(self, fields: Fields, name: str) -> str:
        word = self.text(fields, name, limit=LONGEST_KEY)
        if word and not KEY.fullmatch(word):
            self.complain(line_of(fields[name]), NOT_A_KEY, name=name, limit=LONGEST_KEY)
        return word

    def one_of[Word: TextChoices](self, fields: Fields, name: str, words: type[Word]) -> Word | None:
        """A member of a closed set. None where it is missing or was complained of."""
        node = fields.get(name)
        if node is None:
            return None
        try:
            return words(node.value if isinstance(node, yaml.ScalarNode) else "")
        except ValueError:
            known = ", ".join(words)
            self.complain(line_of(node), NOT_ONE_OF, name=name, value=_shown(node), known=known)
            return None

    def number(self, fields: Fields, name: str, *, least: int, most: int) -> int | None:
        """A whole number in its decimal digits: YAML's other ways to write one are easily misread."""
        node = fields[name]
        digits = node.value if isinstance(node, yaml.ScalarNode) else ""
        if re.fullmatch(r"[+-]?[0-9]{1,6}", digits) and least <= int(digits) <= most:
            return int(digits)
        self.complain(line_of(node), NOT_A_NUMBER, name=name, least=least, most=most)
        return None

    def _text_of(self, node: yaml.Node, name: str, limit: int) -> str:
        is_text = isinstance(node, yaml.ScalarNode) and node.tag != NULL
        text = " ".join(clean_text(node.value, limit=limit + 1).split()) if is_text else ""
        if text and len(text) <= limit:
            return text
        self.complain(line_of(node), NOT_A_TEXT, name=name, limit=limit)
        return ""


def _shown(node: yaml.Node) -> str:
    """A value as a complaint quotes it."""
    text = node.value if isinstance(node, yaml.ScalarNode) else "…"
    return text if len(text) <= LONGEST_VALUE_SHOWN else text[:LONGEST_VALUE_SHOWN] + "…"
