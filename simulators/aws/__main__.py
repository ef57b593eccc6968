"""`python -m simulators.aws`: serve the account until a signal ends it. Nothing survives it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from simulators.serving import bind


def main(argv: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 with a sentence on stderr if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m simulators.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8012)
    options = parser.parse_args(argv)
    try:
        listening = bind(options.host, options.port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"The AWS simulator cannot start on {options.host}:{options.port}: {error}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # There is nothing to save, and taking moto apart would take a second.
        signal.signal(number, lambda _number, _frame: os._exit(0))
    with listening:
        url = f"http://{options.host}:{listening.getsockname()[1]}"
        sys.stdout.write(f"AWS simulator on {url}\n")
        sys.stdout.flush()
        # Seconds: who connects meanwhile waits in the socket's backlog.
        from simulators.aws.server import make_aws_server, make_gate  # noqa: PLC0415
        from simulators.aws.world import World  # noqa: PLC0415

        gate = make_gate()
        server = make_aws_server(gate, listening)
        threading.Thread(target=World(gate, url).go_on, name="aws-world", daemon=True).start()
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
