"""How a line of the log is written."""

import logging
import re

#: Addresses that are a sign-in of their own: whoever reads the log must not be able to use them.
_TOKEN_IN_PATH = re.compile(r"(/(?:calendar|preflight/script)/+)[^\s/\"']+", re.IGNORECASE)


class WithoutTokens(logging.Formatter):
    """A line, and the traceback under it, with no token that stands in a path: Django logs the path of every 4xx and 5xx."""

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN_IN_PATH.sub(r"\1•••", super().format(record))
