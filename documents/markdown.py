"""Untrusted words in Markdown: what stands in them is read as it stands. Pure.

Source: CommonMark 0.31 («Backslash escapes»: any ASCII punctuation may be escaped) and GitHub's tables.
"""

import re

#: What Markdown would take for a mark, wherever it stands in a line.
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&])")
#: What would begin a list, draw a rule, or make a heading of the line before.
_BEGINNING = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))")


def escaped(text: str) -> str:
    """One line of untrusted words; a line break in it is a blank."""
    return _BEGINNING.sub(r"\1\\", _MARKS.sub(r"\\\1", " ".join(text.split())))


def paragraph(text: str, *, prefix: str = "") -> str:
    """Untrusted words of several lines, each line of its own; `prefix` stands before every line, such as `> `.

    Empty lines go: they would end what the words stand in.
    """
    lines = [escaped(line) for line in text.splitlines() if line.strip()]
    return "\\\n".join(f"{prefix}{line}" for line in lines)
