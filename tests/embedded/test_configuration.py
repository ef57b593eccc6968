"""Which parts the environment switches to real services."""

from pathlib import Path

import pytest

from embedded.configuration import REAL_AWS, REAL_CLUSTER, Configuration, child_environment, read_configuration
from embedded.processes import EmbeddedError


def read(tmp_path: Path, **environ: str) -> Configuration:
    return read_configuration({"PORTAL_ENV_FILE": str(tmp_path / ".env"), **environ})


def test_nothing_set_means_everything_embedded_and_the_demo(tmp_path: Path) -> None:
    configuration = read(tmp_path)
    assert configuration.embeds_postgres
    assert configuration.embeds_valkey
    assert configuration.simulates_pagerduty
    assert configuration.simulates_slack
    assert configuration.simulates_aws
    assert configuration.simulates_grafana
    assert configuration.simulates_cluster
    assert configuration.address == "http://127.0.0.1:8000/"


@pytest.mark.parametrize(
    ("variable", "switched"),
    [
        ("DATABASE_URL", "embeds_postgres"),
        ("REDIS_URL", "embeds_valkey"),
        ("PAGERDUTY_API_TOKEN", "simulates_pagerduty"),
        ("PAGERDUTY_BASE_URL", "simulates_pagerduty"),
        ("SLACK_WEBHOOK_URL", "simulates_slack"),
        ("GRAFANA_URL", "simulates_grafana"),
        *((name, "simulates_aws") for name in REAL_AWS),
        *((name, "simulates_cluster") for name in REAL_CLUSTER),
    ],
)
def test_what_is_named_elsewhere_is_not_embedded(tmp_path: Path, variable: str, switched: str) -> None:
    parts = {
        *("embeds_postgres", "embeds_valkey"),
        *("simulates_pagerduty", "simulates_slack", "simulates_aws", "simulates_grafana", "simulates_cluster"),
    }
    configuration = read(tmp_path, **{variable: "somewhere"})
    assert {part for part in parts if not getattr(configuration, part)} == {switched}
    assert child_environment(configuration, {})[variable] == "somewhere"


def test_without_the_demo_nothing_is_simulated(tmp_path: Path) -> None:
    configuration = read(tmp_path, PORTAL_DEMO="0")
    assert not configuration.simulates_pagerduty
    assert not configuration.simulates_slack
    assert not configuration.simulates_cluster
    assert not configuration.simulates_aws
    assert not configuration.simulates_grafana
    assert child_environment(configuration, {})["PORTAL_DEMO"] == "0"


def test_the_dotenv_file_counts_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8100\nDATABASE_URL=postgresql://there/portal\n")
    configuration = read(tmp_path, PORT="8200", DATABASE_URL="")
    assert configuration.port == 8200
    assert not configuration.embeds_postgres


@pytest.mark.parametrize("environ", [{"PORT": "0"}, {"PORT": "65536"}, {"PORT": "²"}, {"PORTAL_DEMO": "maybe"}])
def test_what_is_malformed_is_named(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(EmbeddedError, match=next(iter(environ))):
        read(tmp_path, **environ)
