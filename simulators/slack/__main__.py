"""`python -m simulators.slack`: serve the channel until a signal ends it; what is posted is printed, one line each.

Nothing survives it.
"""

from __future__ import annotations

import argparse
import html
import sys

from simulators.serving import bind, make_server
from simulators.slack.application import make_application
from simulators.slack.channel import Channel
from simulators.slack.webhook import PATH

LONGEST_LINE = 200


def main(argv: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 with a sentence on stderr if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m simulators.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8011)
    parser.add_argument("--rate", type=float, default=1.0, help="posts a second, after a burst of 20; 0: any number")
    options = parser.parse_args(argv)
    try:
        listening = bind(options.host, options.port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"The Slack simulator cannot start on {options.host}:{options.port}: {error}\n")
        return 1
    channel = Channel(rate=options.rate if options.rate > 0 else None, announce=_print)
    server = make_server(make_application(channel), options.host, options.port)
    _print(f"Slack simulator on http://{options.host}:{listening.getsockname()[1]}{PATH}")
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
    return server.exit_code


def _print(text: str) -> None:
    """One line as a reader would see it, without what could move a terminal's cursor; a word joiner has no width."""
    line = html.unescape(" ".join(text.split())).replace("\u2060", "")[:LONGEST_LINE]
    sys.stdout.write("".join(character if character.isprintable() else "�" for character in line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
