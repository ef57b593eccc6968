"""`python -m simulators.grafana`: serve the dashboards until a signal ends it. Nothing survives it."""

from __future__ import annotations

import argparse
import sys

from simulators.grafana.application import Grafana
from simulators.serving import bind, make_server


def main(argv: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 with a sentence on stderr if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m simulators.grafana", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8013)
    options = parser.parse_args(argv)
    try:
        listening = bind(options.host, options.port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"The Grafana simulator cannot start on {options.host}:{options.port}: {error}\n")
        return 1
    server = make_server(Grafana(), options.host, options.port)
    sys.stdout.write(f"Grafana simulator on http://{options.host}:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
    return server.exit_code


if __name__ == "__main__":
    sys.exit(main())
