"""What is written down beside the code agrees with it: .env.example, Procfile, docker-compose.yml."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from embedded.configuration import procfile_commands
from embedded.kept import free_port
from oncall_portal.env import Env
from tests.servers import PortalUnderTest

ROOT = Path(__file__).resolve().parent.parent
ONLY_IN_COMPOSE = {"POSTGRES_PASSWORD"}
#: The vendors' own clients read these.
READ_BY_LIBRARIES = {
    "KUBECONFIG",
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"),
    *("AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"),
}

type Service = dict[str, Any]


@pytest.fixture
def services() -> dict[str, Service]:
    found: dict[str, Service] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def documented() -> dict[str, str]:
    """Variable to the default shown for it."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (match.groups() for line in lines if (match := re.match(r"#?([A-Z_]+)=(.*)$", line)))
    return {str(name): str(default) for name, default in pairs}


def test_every_variable_is_documented_and_nothing_else() -> None:
    assert set(documented()) == {name.upper() for name in Env.model_fields} | ONLY_IN_COMPOSE | READ_BY_LIBRARIES


def test_the_defaults_shown_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {"SECRET_KEY": "x" * 50, "DATABASE_URL": "postgresql://host/portal", "REDIS_URL": "redis://host/0"}
    for name in Env.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setitem(Env.model_config, "env_file", None)
    for name, value in needed.items():
        monkeypatch.setenv(name, value)
    as_built = Env()  # type: ignore[call-arg]  # the environment has the arguments
    for name, value in documented().items():
        if value and name != "PORTAL_DATA":  # Shown relative to the project, kept absolute.
            monkeypatch.setenv(name, value)
    assert Env() == as_built  # type: ignore[call-arg]


def test_the_example_as_it_is_changes_nothing() -> None:
    assert dotenv_values(ROOT / ".env.example") == {}


def test_compose_runs_what_the_procfile_runs(services: dict[str, Service]) -> None:
    for name, command in procfile_commands().items():
        expected = command.replace('"${PORTAL_DATA:-.portal}/beat-schedule"', "/tmp/beat-schedule")
        assert services[name]["command"] == expected


def test_compose_sets_only_variables_that_exist(services: dict[str, Service]) -> None:
    known = {name.upper() for name in Env.model_fields}
    for name in (*procfile_commands(), "migrate"):
        assert set(services[name]["environment"]) <= known
        assert services[name]["image"] == "oncall-portal"


def test_compose_starts_the_processes_after_the_migrations(services: dict[str, Service]) -> None:
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in procfile_commands():
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in ("web", "worker", "postgres", "valkey"):
        assert services[name]["healthcheck"]["test"]


def test_the_healthcheck_tells_a_living_portal_from_a_dead_one(portal: PortalUnderTest) -> None:
    def check(port: int) -> int:
        command = [sys.executable, str(ROOT / "bin" / "healthcheck.py")]
        return subprocess.run(command, env={"PORT": str(port)}, capture_output=True, check=False).returncode

    assert check(int(portal.url.rpartition(":")[2])) == 0
    assert check(free_port()) == 1


def test_the_image_leaves_out_what_the_product_must_not_know() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert {"simulators", "embedded", "tests", "benchmarks", "node_modules"} <= ignored


def test_the_image_holds_the_auditors_statement() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    statements = [path.relative_to(ROOT) for path in (ROOT / "incidents").rglob("*.sql")]
    assert statements
    assert not [
        path for path in statements for part in (path, *path.parents[:-1]) for rule in ignored if part.match(rule)
    ]
