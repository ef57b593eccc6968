"""What to start and what with: the reading of the environment, as far as it decides which parts are embedded."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from embedded.processes import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent
#: Any of them says who or where AWS is. What ~/.aws has does not: a demo must not look into somebody's account by itself.
REAL_AWS = (
    *("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL"),
)
#: Any of them says where a cluster is: a kubeconfig, or that the portal runs inside of one.
REAL_CLUSTER = ("KUBECONFIG", "KUBERNETES_SERVICE_HOST")
BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Configuration:
    """The part of the environment that concerns the supervisor; everything else is only passed on to the children."""

    environment: Mapping[str, str]
    data: Path
    host: str
    port: int
    has_demo: bool

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the portal."""
        host = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104  (compared, not bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def embeds_postgres(self) -> bool:
        return not self.environment.get("DATABASE_URL")

    @property
    def embeds_valkey(self) -> bool:
        return not self.environment.get("REDIS_URL")

    @property
    def simulates_pagerduty(self) -> bool:
        is_real = self.environment.get("PAGERDUTY_API_TOKEN") or self.environment.get("PAGERDUTY_BASE_URL")
        return self.has_demo and not is_real

    @property
    def simulates_slack(self) -> bool:
        return self.has_demo and not self.environment.get("SLACK_WEBHOOK_URL")

    @property
    def simulates_aws(self) -> bool:
        return self.has_demo and not any(self.environment.get(name) for name in REAL_AWS)

    @property
    def simulates_grafana(self) -> bool:
        return self.has_demo and not self.environment.get("GRAFANA_URL")

    @property
    def simulates_cluster(self) -> bool:
        """A pod has a service account whether it wants one or not; ~/.kube does not count, as ~/.aws does not."""
        return self.has_demo and not any(self.environment.get(name) for name in REAL_CLUSTER)


def read_configuration(environ: Mapping[str, str]) -> Configuration:
    """The environment over the .env file (or PORTAL_ENV_FILE), as the portal itself reads them; empty means not set.

    EmbeddedError names a variable whose value is not usable.
    """
    dotenv = environ.get("PORTAL_ENV_FILE") or ROOT / ".env"
    from_file = {name: value for name, value in dotenv_values(dotenv).items() if value}
    environment = from_file | {name: value for name, value in environ.items() if value}
    demo = environment.get("PORTAL_DEMO", "1").lower()
    if demo not in BOOLEANS:
        raise EmbeddedError("PORTAL_DEMO must be 1 (the demo world) or 0 (none).")
    port = environment.get("PORT", "8000")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise EmbeddedError(f"PORT must be a number from 1 to 65535, not {port!r}.")
    return Configuration(
        environment=environment,
        data=Path(environment.get("PORTAL_DATA", ROOT / ".portal")).resolve(),
        host=environment.get("HOST", "127.0.0.1"),
        port=int(port),
        has_demo=BOOLEANS[demo],
    )


def child_environment(configuration: Configuration, additions: Mapping[str, str]) -> dict[str, str]:
    """What the children get: the environment, what is embedded, and this interpreter's programs first on PATH."""
    programs = Path(sys.executable).parent
    return {
        **configuration.environment,
        "PATH": f"{programs}{os.pathsep}{configuration.environment.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # Empty is off: without compiled files every start takes seconds more.
        **additions,
        **portal_variables(configuration),
    }


def portal_variables(configuration: Configuration) -> dict[str, str]:
    """The portal's own variables, their defaults filled in."""
    return {
        "PORT": str(configuration.port),
        "HOST": configuration.host,
        "PORTAL_DATA": str(configuration.data),
        "PORTAL_DEMO": "1" if configuration.has_demo else "0",
    }


def write_environment_file(configuration: Configuration, additions: Mapping[str, str]) -> Path:
    """Write what a shell sources to run a command beside the portal, with the same services (`bin/manage` does)."""
    path = configuration.data / "environment"
    path.touch(mode=0o600)
    variables = {**additions, **portal_variables(configuration)}
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
    return path


def procfile_commands() -> dict[str, str]:
    """Process name to shell command, in the order of the Procfile."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name.strip(): command.strip() for name, _, command in (line.partition(":") for line in lines) if command}
