"""Taking private keys out of a text: the secret that lasts for many lines. Pure."""

import re
from itertools import zip_longest

MARK = "•••"

_MARKER = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# A line's end may be written as `\n`, or where JSON stands in JSON as `\\n`.
_BODY = re.compile(
    r"(?:•••)?+(?:\s*+(?:Proc-Type|DEK-Info|Version|Comment):[^\n]*+)*+(?:\s|\\++[nr])*+"
    r"(?:[A-Za-z0-9+/=]{16,}+(?:\s|\\++[nr])*+)*+(?:[A-Za-z0-9+/]{1,16}={1,2})?+"
)
_LONGEST = 16_384


def hide_private_keys(text: str) -> str:
    """The text without what stands between the beginning and the end of a private key; of a key that was cut, too."""
    markers = list(_MARKER.finditer(text)) if "PRIVATE KEY" in text else []
    pieces, done = [], 0
    for marker, following in zip_longest(markers, markers[1:]):
        if marker.start() < done:
            continue
        before = text[done : marker.start()]
        pieces += [_without_last_lines(before) if marker[1] == "END" else before, marker[0]]
        done = marker.end()
        if marker[1] == "BEGIN":
            pieces.append(MARK)
            is_whole = following is not None and following[1] == "END" and following.start() - done < _LONGEST
            if is_whole and following is not None:
                pieces.append(following[0])
                done = following.end()
            elif (body := _BODY.match(text, done)) is not None:
                done = body.end()
    return "".join([*pieces, text[done:]])


def _without_last_lines(text: str) -> str:
    """What stands before the end of a key that did not begin: the last lines go that can be nothing but its body."""
    lines = text.split("\n")
    keep = len(lines)
    while keep and re.fullmatch(r"[A-Za-z0-9+/=\\]*+", lines[keep - 1].strip()):
        keep -= 1
    return "\n".join([*lines[:keep], MARK]) if keep < len(lines) else text
