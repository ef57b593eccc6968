"""A shape in which a document leaves the portal, and how a command writes it. Pure, but for the file that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Shape[Document]:
    """How it is made, and what a browser takes it for. Its name is the file's ending."""

    render: Callable[[Document], str | bytes]
    content_type: str


class Output(Protocol):
    """Standard output, as a command of Django has it."""

    def write(self, text: str, *, ending: str) -> object: ...


def put(written: str | bytes, *, output: Path | None, otherwise: Output) -> None:
    """Into the file, or where none is named onto standard output. Raises ValueError for what is no text."""
    if output is not None:
        output.write_bytes(written if isinstance(written, bytes) else written.encode())
    elif isinstance(written, bytes):
        raise ValueError("A PDF is no text for a terminal: say where with --output FILE.")
    else:
        otherwise.write(written, ending="")
