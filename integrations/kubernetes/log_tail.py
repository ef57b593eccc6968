"""The newest bytes of a container's log, whatever the server sends.

`limitBytes` counts from the beginning of what `tailLines` chose: where it cuts, it cuts the newest lines, which are the ones
that matter. So fewer lines are asked for then.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.kubernetes.transport import Deadline, Transport

#: How often fewer lines are asked for; then what came last must do.
TRIES = 4
CHUNK = 65_536


def newest_of(
    transport: "Transport", where: str, query: Mapping[str, str], *, limit_bytes: int, tail_lines: int
) -> tuple[bytes, bool]:
    """At most so many bytes and lines, and whether more stand before them. Reads no more than TRIES times the limit."""
    deadline = transport.deadline()
    # One line more than wanted tells whether there are more.
    content = _read(transport, where, query, deadline, lines=tail_lines + 1, limit=limit_bytes)
    if len(content) <= limit_bytes:
        lines = content.split(b"\n")
        surplus = len(lines) - (lines[-1] == b"") - tail_lines
        return (b"\n".join(lines[surplus:]), True) if surplus > 0 else (content, False)
    asked = tail_lines
    for _ in range(TRIES - 1):
        asked = max(1, min(asked // 2, content.count(b"\n") * 3 // 4))
        content = _read(transport, where, query, deadline, lines=asked, limit=limit_bytes)
        if len(content) <= limit_bytes or asked == 1:
            break
    return content[:limit_bytes], True


def _read(
    transport: "Transport", where: str, query: Mapping[str, str], deadline: "Deadline", *, lines: int, limit: int
) -> bytes:
    """Up to one byte more than the limit, even where the server does not keep to it; the connection is closed then."""
    asked = {**query, "tailLines": lines, "limitBytes": limit + 1}
    content = bytearray()
    with transport.open("GET", where, asked, deadline) as response:
        while len(content) <= limit and (chunk := response.read1(min(CHUNK, limit + 1 - len(content)))):
            content += chunk
            deadline.left()
    return bytes(content)
