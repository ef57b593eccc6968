"""The terminal: every line under the name, and where it is a terminal in the colour, of the process that wrote it."""

import os
import sys
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)  # SGR codes readable on dark and on light.
OWN_NAME = "portal"
WIDTH = 11


class Console:
    """Writes prefixed lines. A reader that has gone away (a closed pipe) is no error: the lines are dropped."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._is_coloured = out.isatty() and not os.environ.get("NO_COLOR")
        self._colours: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Lines of the supervisor itself."""
        for line in text.splitlines() or [""]:
            self.line(OWN_NAME, line)

    def line(self, name: str, text: str) -> None:
        """One line of the process with this name."""
        prefix = f"{name:<{WIDTH}} |"
        if self._is_coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\033[{colour}m{prefix}\033[0m"
        try:
            print(prefix, text, file=self._out, flush=True)
        except BrokenPipeError:
            # The descriptor, not the object: what is still buffered must have somewhere to go at the end as well.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
