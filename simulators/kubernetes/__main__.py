"""`python -m simulators.kubernetes`: serve the cluster until a signal ends it.

State is in `--state` and survives; a second start goes on where the first stopped. Time in which nothing ran does count: the pods
have run on.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from simulators.kubernetes.certificates import kept_certificates
from simulators.kubernetes.kubeconfig import kubeconfig
from simulators.kubernetes.simulator import Simulator
from simulators.kubernetes.story import Player, load_story
from simulators.serving import bind, make_server


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.kubernetes", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8012)
    parser.add_argument("--state", type=Path, help="SQLite file that keeps the cluster; without it nothing survives")
    parser.add_argument(
        "--tls", type=Path, help="folder for a certificate of its own; kubectl sends no token over plain HTTP"
    )
    parser.add_argument("--kubeconfig", type=Path, help="file to write a kubeconfig to, readable by its owner alone")
    parser.add_argument("--speed", type=float, default=1.0, help="the cluster's seconds a real second")
    parser.add_argument(
        "--scenario", help="file, or the name of one in simulators/scenarios; it begins again when it ends"
    )
    parser.add_argument("--pagerduty-url", help="where the monitoring pages; without it nobody is paged")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 with a sentence on stderr if it cannot start."""
    options = _arguments(argv)
    try:
        story = load_story(options.scenario) if options.scenario else None
        listening = bind(options.host, options.port)
        simulator = Simulator(options.state, speed=options.speed)
    except (OSError, OverflowError, ValueError) as error:
        sys.stderr.write(f"The cluster simulator cannot start on {options.host}:{options.port}: {error}\n")
        return 1
    certificates = kept_certificates(options.tls) if options.tls else None
    url = f"{'https' if certificates else 'http'}://{options.host}:{listening.getsockname()[1]}"
    if options.kubeconfig:
        text = kubeconfig(url, authority=certificates.authority if certificates else None)
        _write_for_owner(options.kubeconfig, text)
    if story is not None:
        simulator.player = Player(simulator.world, story)
    if options.pagerduty_url:
        simulator.watch_for(options.pagerduty_url)
    simulator.start()
    tls = certificates.context() if certificates else None
    server = make_server(simulator.app, options.host, options.port, tls=tls)
    sys.stdout.write(f"Cluster simulator on {url}\n")
    sys.stdout.flush()
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        simulator.close()
    return server.exit_code


def _write_for_owner(path: Path, text: str) -> None:
    """kubectl warns of one that others can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
