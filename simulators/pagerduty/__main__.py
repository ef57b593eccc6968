"""`python -m simulators.pagerduty`: serve the account until a signal ends it.

State is in `--state` and survives; a second start goes on where the first stopped, scenario and owed webhooks included.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from simulators.pagerduty.simulator import Simulator
from simulators.pagerduty.webhooks import WebhookSettings
from simulators.scenario import Player, load_scenario
from simulators.serving import bind, make_server


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.pagerduty", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--state", type=Path, help="SQLite file that keeps the account; without it nothing survives")
    parser.add_argument("--webhook-url", help="where v3 webhooks go; without it none are sent")
    parser.add_argument("--webhook-secret", action="append", default=[], help="signs deliveries; may be given twice")
    parser.add_argument("--duplicate-rate", type=float, default=0.05, help="share of events delivered twice (0 to 1)")
    parser.add_argument("--scenario", help="file, or the name of one in simulators/scenarios")
    parser.add_argument("--speed", type=float, default=1.0, help="scenario seconds a real second")
    parser.add_argument("--loop", action="store_true", help="begin the scenario again when it ends")
    parser.add_argument(
        "--beside-cluster",
        action="store_true",
        help="leave what a simulated cluster pages of by itself out of the scenario",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 with a sentence on stderr if it cannot start."""
    options = _arguments(argv)
    settings = WebhookSettings(
        url=options.webhook_url, secrets=options.webhook_secret, duplicate_rate=options.duplicate_rate
    )
    try:
        scenario = load_scenario(options.scenario) if options.scenario else None
        listening = bind(options.host, options.port)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The PagerDuty simulator cannot start on {options.host}:{options.port}: {error}\n")
        return 1
    simulator = Simulator(options.state, settings)
    if scenario is not None:
        simulator.player = Player(
            simulator.world,
            scenario,
            speed=options.speed,
            is_looping=options.loop,
            leaves_cluster_out=options.beside_cluster,
        )
    simulator.start()
    server = make_server(simulator.app, options.host, options.port)
    sys.stdout.write(f"PagerDuty simulator on http://{options.host}:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        simulator.close()
    return server.exit_code


if __name__ == "__main__":
    sys.exit(main())
