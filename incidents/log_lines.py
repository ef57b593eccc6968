"""A container's log as lines, and which of them mention an error (the guide, «First assessment»). Pure; the bytes are untrusted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from integrations.redaction import hide_across_lines, redact

#: The guide's fifty, and how much more of what is raw is kept.
MOST_ERRORS = 50
MOST_RAW = 200
LONGEST_LINE = 600
#: So much of a line is looked at before it is cut, so that a secret at the cut is seen whole or not at all.
_LOOKED_AT = 4 * LONGEST_LINE
#: How much of a sample is not text in what is binary.
_BINARY_SHARE = 0.1
_SAMPLE = 65_536

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?"  # OSC: titles and links
    r"|\x1b\[[0-?]*+[ -/]*+[@-~]?"  # CSI: colours and the cursor
    r"|\x1b[PX^_][^\x1b\n]*+(?:\x1b\\)?"
    r"|\x1b[ -/]*+[0-~]?"
    r"|\x9b[0-?]*+[ -/]*+[@-~]?"
)
# Direction marks and the like: they would show a reader another line than there is.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_WORD = re.compile(
    r"(?<![a-z])(?:errors?|err|exceptions?|fatal|panic(?:ked)?|tracebacks?|fail(?:s|ed|ures?|ing)?|crit(?:ical)?"
    r"|time[ds]? ?outs?|timed out|refused|denied|unavailable|segfault|segmentation fault|oom(?:killed)?|out of memory"
    r"|unhandled|abort(?:ed)?|deadlocks?|emerg(?:ency)?)(?![a-z])",
    re.IGNORECASE,
)
#: Without one of these no line mentions an error; looking for them is ten times cheaper than the patterns.
_CLUES = (
    *(
        "err",
        "exception",
        "fatal",
        "panic",
        "traceback",
        "fail",
        "crit",
        "timeout",
        "time out",
        "timedout",
        "timed out",
    ),
    *(
        "timesout",
        "times out",
        "refused",
        "denied",
        "unavailable",
        "segfault",
        "segmentation fault",
        "oom",
        "out of memory",
    ),
    *("unhandled", "abort", "deadlock", "emerg"),
)
#: `ValueError`, `NullPointerException`; and the letter and date of a klog line.
_NAMED = re.compile(r"[a-z](?:Error|Exception|Failure|Timeout)\b|^[EF]\d{4} ")
_NEGATED = re.compile(
    r"\b(?:no|0|without|zero) (?:errors?|failures?|exceptions?|timeouts?)\b"
    r"|\b(?:errors?|err|failed|failures?|exceptions?|timeouts?)[\"']?\s?[=:]\s?[\"']?(?:0|nil|null|none|false|<nil>)(?![\w.])",
    re.IGNORECASE,
)
#: What belongs to the line before it: indented, a frame, a cause.
_CONTINUATION = re.compile(
    r"[ \t]+\S|at \S|Caused by:|\.\.\. \d+ more|goroutine \d+|\[signal |During handling|The above"
    r"|[\w./-]++(?:\(\*\w++\))?[\w.]*+\("  # a frame of Go
)
_MOST_CONTINUED = 40
_ENDS_TRACEBACK = re.compile(r"[\w.]++(?::|$)")


@dataclass(frozen=True)
class Log:
    """A log as text. `is_cut`: more stood before the first line. A binary one has no lines."""

    lines: tuple[str, ...]
    is_cut: bool
    is_binary: bool
    size: int


def read_log(content: bytes, *, is_cut: bool) -> Log:
    """The lines of a log without what steers terminals. Secrets over several lines are gone; all else is redacted by `shown`."""
    size = len(content)
    if is_cut:
        content = _from_whole_line(content)
    if is_binary(content):
        return Log(lines=(), is_cut=is_cut, is_binary=True, size=size)
    text = _UNPRINTABLE.sub(
        "", _ESCAPES.sub("", content.decode("utf-8", "replace").replace("\r\n", "\n")).replace("\r", "\n")
    )
    lines = hide_across_lines(text).split("\n")
    return Log(lines=tuple(line for line in lines if line.strip()), is_cut=is_cut, is_binary=False, size=size)


def is_binary(content: bytes) -> bool:
    """Whether it is no text: too much of its beginning is control characters, or no UTF-8."""
    sample = content[:_SAMPLE]
    if not sample:
        return False
    strange = len(sample) - len(sample.translate(None, _CONTROLS))
    strange += sample.decode("utf-8", "replace").count("�")
    return strange > len(sample) * _BINARY_SHARE


_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\x1b\x08")


def _from_whole_line(content: bytes) -> bytes:
    """Without the beginning, which is the rest of a line: whatever said that it is a secret stood before the cut."""
    for mark in (b"\n", b" "):
        _rest, found, whole = content.partition(mark)
        if found:
            return whole
    return b""


def mentions_error(line: str) -> bool:
    """Whether a line speaks of an error, and not of there being none."""
    looked_at = line[:_LOOKED_AT]
    folded = looked_at.casefold()
    if looked_at[:1] not in ("E", "F") and not any(clue in folded for clue in _CLUES):
        return False
    if not _WORD.search(looked_at) and not _NAMED.search(looked_at):
        return False
    said = _NEGATED.sub("", looked_at)
    return bool(_WORD.search(said) or _NAMED.search(said))


def error_lines(lines: Sequence[str], *, most: int = MOST_ERRORS) -> list[str]:
    """The last `most` lines that mention an error, with what belongs to them: the frames of a traceback, its causes."""
    chosen = []
    left = 0
    in_traceback = False
    for line in lines:
        if mentions_error(line):
            left, in_traceback = _MOST_CONTINUED, "Traceback" in line
        elif left and _CONTINUATION.match(line):
            left -= 1
        elif left and in_traceback and _ENDS_TRACEBACK.match(line):
            # What was raised, by a name that is no «…Error».
            left, in_traceback = 0, False
        else:
            left, in_traceback = 0, False
            continue
        chosen.append(line)
    return chosen[-most:]


def shown(lines: Iterable[str]) -> list[str]:
    """Lines as they are stored: redacted, then cut."""
    return [_cut(redact(line[:_LOOKED_AT]), is_longer=len(line) > _LOOKED_AT) for line in lines]


def _cut(line: str, *, is_longer: bool) -> str:
    return line[: LONGEST_LINE - 1] + "…" if is_longer or len(line) > LONGEST_LINE else line
