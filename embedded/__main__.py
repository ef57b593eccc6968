"""`python -m embedded` runs the whole portal; `python -m embedded services` PostgreSQL and Valkey alone."""

import argparse
import os
import sys

from embedded.configuration import read_configuration
from embedded.console import Console
from embedded.instance import end_leftovers, owned, record_children
from embedded.portal import run, run_services
from embedded.ports import require_free_port
from embedded.processes import EmbeddedError
from embedded.supervisor import StopRequestedError, Supervisor


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["portal", "services"], default="portal")
    is_whole = parser.parse_args().what == "portal"
    console = Console()
    try:
        configuration = read_configuration(os.environ)
        with owned(configuration.data, configuration.address):
            for pid in end_leftovers(configuration.data):
                console.say(f"Ended process {pid}, left over from a run that was killed.")
            if is_whole:
                require_free_port(configuration.host, configuration.port)
            supervisor = Supervisor(console, lambda pids: record_children(configuration.data, pids))
            supervisor.catch_signals()
            try:
                (run if is_whole else run_services)(supervisor, console, configuration)
            finally:
                supervisor.stop_all()
    except StopRequestedError:
        console.say("Everything has stopped.")
    except EmbeddedError as error:
        console.say(str(error))
        return 1
    return 0


sys.exit(main())
