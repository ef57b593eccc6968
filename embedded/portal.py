"""`make run`: the services, the demo world and every process of the portal, from nothing to the first page."""

import hashlib
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.child import Spec
from embedded.configuration import (
    ROOT,
    Configuration,
    child_environment,
    procfile_commands,
    write_environment_file,
)
from embedded.console import Console
from embedded.kept import kept_port, kept_secret
from embedded.postgres import Postgres
from embedded.processes import Startable
from embedded.supervisor import Supervisor
from embedded.valkey import Valkey

DEMO_TOKEN = "demo-token"  # noqa: S105  (the simulator's only one, known to everybody)
DEMO_WEBHOOK_SECRET = "demo-webhook-secret"  # noqa: S105
DEMO_SLACK_PATH = "/services/T0CHATOPS/B0ONCALL/demo-webhook-token"  # The simulator's only webhook.
DEMO_AWS = {
    "AWS_ACCESS_KEY_ID": "AKIADEMOCHATOPS00000",
    "AWS_SECRET_ACCESS_KEY": "demo-secret-of-the-simulated-account-0000",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    # Somebody's own files and machine must have no say in it.
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
DEMO_GRAFANA_TOKEN = "glsa_demo_of_the_simulated_grafana_00000000"  # noqa: S105
DEMO_SCENARIO, DEMO_SPEED = "guide_week", "60"  # A page every few minutes.
DEMO_CLUSTER_SCENARIO = "cluster_hour"
SERVER_ERROR = 500


def start_services(supervisor: Supervisor, configuration: Configuration) -> dict[str, str]:
    """Start what the environment does not name elsewhere; the variables that lead to all of it."""
    data = configuration.data
    embedded: list[tuple[str, Postgres | Valkey]] = []
    if configuration.embeds_valkey:
        embedded.append(("REDIS_URL", Valkey(data, kept_port(data / "valkey_port"))))
    if configuration.embeds_postgres:
        embedded.append(("DATABASE_URL", Postgres(data, kept_port(data / "postgres_port"))))
    variables = {variable: service.url for variable, service in embedded}
    if not configuration.environment.get("SECRET_KEY"):
        variables["SECRET_KEY"] = kept_secret(data / "secret_key")
    started = []
    for _variable, service in embedded:
        service.prepare()
        started.append((supervisor.start(_service_spec(service, configuration)), service))
    for child, service in started:
        supervisor.wait_for(child, service.is_ready)
    return variables


def start_demo(supervisor: Supervisor, configuration: Configuration) -> dict[str, str]:
    """Start the simulated vendors for which no real one is named; the variables that lead to them."""
    return start_pagerduty(supervisor, configuration) | start_slack(supervisor, configuration)


def start_pagerduty(supervisor: Supervisor, configuration: Configuration) -> dict[str, str]:
    """The simulated PagerDuty, which goes on where it stopped."""
    if not configuration.simulates_pagerduty:
        return {}
    port = kept_port(configuration.data / "pagerduty_port")
    variables = {
        "PAGERDUTY_BASE_URL": f"http://127.0.0.1:{port}",
        "PAGERDUTY_API_TOKEN": DEMO_TOKEN,
        "PAGERDUTY_WEBHOOK_SECRETS": configuration.environment.get("PAGERDUTY_WEBHOOK_SECRETS", DEMO_WEBHOOK_SECRET),
    }
    argv = [
        *(sys.executable, "-m", "simulators.pagerduty", "--port", str(port)),
        *("--state", str(configuration.data / "pagerduty.sqlite")),
        *("--webhook-url", f"{configuration.address}hooks/pagerduty/"),
        *("--webhook-secret", variables["PAGERDUTY_WEBHOOK_SECRETS"].partition(",")[0].strip()),
        *("--scenario", DEMO_SCENARIO, "--speed", DEMO_SPEED, "--loop"),
        *(["--beside-cluster"] if configuration.simulates_cluster else []),
    ]
    environment = child_environment(configuration, variables)
    supervisor.start(Spec("pagerduty", argv, environment, ROOT, stop_rank=1))
    return variables


def start_slack(supervisor: Supervisor, configuration: Configuration) -> dict[str, str]:
    """The simulated channel, which prints what is posted; its links lead to this portal unless PORTAL_URL says otherwise."""
    if not configuration.simulates_slack:
        return {}
    port = kept_port(configuration.data / "slack_port")
    argv = [sys.executable, "-m", "simulators.slack", "--port", str(port)]
    supervisor.start(Spec("slack", argv, child_environment(configuration, {}), ROOT, stop_rank=1))
    return {
        "SLACK_WEBHOOK_URL": f"http://127.0.0.1:{port}{DEMO_SLACK_PATH}",
        "PORTAL_URL": configuration.environment.get("PORTAL_URL", configuration.address),
    }


@dataclass(frozen=True)
class Vendor:
    """A simulated vendor that the first page does not need: it is started once that has been served."""

    spec: Spec
    variables: Mapping[str, str]


def simulated_aws(configuration: Configuration) -> Vendor | None:
    """The simulated AWS; its start takes seconds of a processor."""
    if not configuration.simulates_aws:
        return None
    port = kept_port(configuration.data / "aws_port")
    return Vendor(
        _vendor_spec("aws", port, configuration), {**DEMO_AWS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    )


def simulated_grafana(configuration: Configuration) -> Vendor | None:
    """The simulated Grafana."""
    if not configuration.simulates_grafana:
        return None
    port = kept_port(configuration.data / "grafana_port")
    url = f"http://127.0.0.1:{port}"
    variables = {
        "GRAFANA_URL": url,
        "GRAFANA_TOKEN": DEMO_GRAFANA_TOKEN,
        # What people on call must reach, in the demo.
        "PREFLIGHT_ENDPOINTS": configuration.environment.get("PREFLIGHT_ENDPOINTS", f"grafana={url}/api/health"),
    }
    return Vendor(_vendor_spec("grafana", port, configuration), variables)


def simulated_cluster(configuration: Configuration, pagerduty_url: str | None) -> Vendor | None:
    """The simulated cluster, which goes on where it stopped, and writes the kubeconfig that leads to it. It pages the simulated
    PagerDuty alone: where that is a real one, nobody is to be woken by a demo."""
    if not configuration.simulates_cluster:
        return None
    port, data = kept_port(configuration.data / "cluster_port"), configuration.data
    kubeconfig = data / "kubeconfig"
    more = [
        *("--state", str(data / "cluster.sqlite"), "--tls", str(data / "cluster_tls"), "--kubeconfig", str(kubeconfig)),
        *("--scenario", DEMO_CLUSTER_SCENARIO),
        *(["--pagerduty-url", pagerduty_url] if pagerduty_url and configuration.simulates_pagerduty else []),
    ]
    return Vendor(_vendor_spec("kubernetes", port, configuration, *more), {"KUBECONFIG": str(kubeconfig)})


def _vendor_spec(name: str, port: int, configuration: Configuration, *more: str) -> Spec:
    # Behind everybody else: whoever opens the first page now must not wait for it.
    argv = ["nice", "-n", "10", sys.executable, "-m", f"simulators.{name}", "--port", str(port), *more]
    return Spec(name, argv, child_environment(configuration, {}), ROOT, stop_rank=1)


def prepare_database(supervisor: Supervisor, environment: Mapping[str, str], configuration: Configuration) -> None:
    """Bring the schema and the demo users up to date. Skipped where neither the code nor the cluster has changed."""
    stamp = configuration.data / "prepared"
    wanted = _fingerprint(configuration) if configuration.embeds_postgres else ""
    if wanted and stamp.exists() and stamp.read_text() == wanted:
        return
    for step in ("migrate", "seed_demo"):  # Without a demo, the second locks the users that an earlier one made.
        supervisor.run_once(Spec(step, [sys.executable, "manage.py", step], environment, ROOT))
    stamp.write_text(wanted)


def start_processes(supervisor: Supervisor, environment: Mapping[str, str], configuration: Configuration) -> None:
    """Start the processes of the Procfile; web first, so that the first page need not compete with the others."""
    for name, command in procfile_commands().items():
        child = supervisor.start(Spec(name, ["/bin/sh", "-c", f"exec {command}"], environment, ROOT))
        if name == "web":
            supervisor.wait_for(child, lambda _pid: _answers(f"{configuration.address}healthz"))


def run(supervisor: Supervisor, console: Console, configuration: Configuration) -> None:
    """Start everything and go on until asked to stop."""
    variables = start_demo(supervisor, configuration) | start_services(supervisor, configuration)
    vendors = (
        simulated_cluster(configuration, variables.get("PAGERDUTY_BASE_URL")),
        simulated_aws(configuration),
        simulated_grafana(configuration),
    )
    later = [vendor for vendor in vendors if vendor]
    for vendor in later:
        variables |= vendor.variables
    write_environment_file(configuration, variables)
    environment = child_environment(configuration, variables)
    prepare_database(supervisor, environment, configuration)
    start_processes(supervisor, environment, configuration)
    for vendor in later:
        supervisor.start(vendor.spec)
    console.say(f"The portal runs at {configuration.address}")
    if configuration.has_demo:
        console.say("Sign in as viewer, responder, manager or admin; the password is demo.")
    console.say(f"Ctrl-C stops it; its data stay in {_shown(configuration.data)}.")
    supervisor.supervise()


def run_services(supervisor: Supervisor, console: Console, configuration: Configuration) -> None:
    """Start the services alone, say how to use them, and go on until asked to stop."""
    variables = start_services(supervisor, configuration)
    file = write_environment_file(configuration, variables)
    console.say(f"{', '.join(variables)} are in {_shown(file)}: bin/manage uses it, or source it.")
    supervisor.supervise()


def _service_spec(service: Startable, configuration: Configuration) -> Spec:
    return Spec(
        name=service.name,
        argv=service.argv,
        env={"PATH": configuration.environment.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        cwd=Path("/"),
        user=service.user,
        stop_signal=service.stop_signal,
        stop_rank=2,
    )


def _fingerprint(configuration: Configuration) -> str:
    """A digest of all that migrate and seed_demo depend on: our code, the packages, the demo or none, this cluster."""
    cluster_made_at = (configuration.data / "postgres" / "PG_VERSION").stat().st_mtime_ns
    digest = hashlib.sha256(f"{cluster_made_at} {configuration.has_demo}".encode())
    packages = (found.parent for found in ROOT.glob("*/__init__.py"))
    for file in [ROOT / "requirements.txt", *sorted(file for package in packages for file in package.rglob("*.py"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _answers(url: str) -> bool:
    """Whether anything but a server error comes from there."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  (our own address)
            return True
    except urllib.error.HTTPError as error:
        return error.code < SERVER_ERROR
    except OSError:
        return False


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
