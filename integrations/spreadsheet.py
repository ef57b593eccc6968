"""Cells of a CSV that people open in a spreadsheet. Pure."""

import re
from datetime import UTC, datetime

#: Without the mark a spreadsheet reads UTF-8 as something older, and Chinese as noise.
BYTE_ORDER_MARK = "\ufeff"
#: What begins so is a formula to a spreadsheet, full-width signs among them; and a spreadsheet that takes semicolons or tabs
#: for commas, as many a country's does, begins a cell after each.
_FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=\s*[=+\-@＝＋－＠\t\r\n])")


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula: an apostrophe makes words of it. Instants are ISO 8601 in UTC."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return _FORMULA.sub("'", str(value))
