"""A malformed environment stops the process with a sentence for each bad variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oncall_portal.env import BASE_DIR

GOOD = {
    "SECRET_KEY": "x" * 50,
    "DATABASE_URL": "postgresql://portal@127.0.0.1:5432/portal",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def read_in_a_process(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PORTAL_ENV_FILE": "/nonexistent", **GOOD, **changes}
    code = "from oncall_portal.env import read_env; print(read_env().pagerduty_webhook_secrets)"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "valid integer"),
        ("PORT", "70000", "65535"),
        ("PORTAL_TIME_ZONE", "Asia/Taipeh", "no time zone"),
        ("PORTAL_HOLIDAYS", "XX", "no country code"),
        ("PORTAL_BUSINESS_END", "25:00", "pattern"),
        ("DATABASE_URL", "mysql://x", "scheme"),
        ("REDIS_URL", "http://x", "scheme"),
        ("PAGERDUTY_BASE_URL", "api.pagerduty.com", "http"),
        ("SECRET_KEY", "s3cret-too-short", "at least 32"),
        ("PORTAL_DEMO", "maybe", "boolean"),
        ("PORTAL_URL", "oncall.example.com", "http"),
        ("PORTAL_LANGUAGE", "tlh", "'en' or 'zh-hant'"),
        ("PREFLIGHT_ENDPOINTS", "db=tcp://db.internal", "db: tcp needs a port"),
        ("PREFLIGHT_ENDPOINTS", "db=https://user:s3cret@db/", "no user"),
    ],
)
def test_a_bad_value_is_named_and_never_shown(name: str, value: str, says: str) -> None:
    result = read_in_a_process(**{name: value})
    assert result.returncode == 1
    assert name in result.stderr
    assert says in result.stderr
    assert "s3cret" not in result.stderr


def test_everything_missing_is_said_at_once() -> None:
    result = read_in_a_process(SECRET_KEY="", DATABASE_URL="", REDIS_URL="")
    assert all(name in result.stderr for name in GOOD)


def test_webhook_secrets_are_split_at_commas() -> None:
    assert read_in_a_process(PAGERDUTY_WEBHOOK_SECRETS=" a, b ,").stdout.strip() == "['a', 'b']"


def test_another_file_than_dotenv_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("PAGERDUTY_WEBHOOK_SECRETS=from-the-file\n")
    assert read_in_a_process(PORTAL_ENV_FILE=str(tmp_path / "mine")).stdout.strip() == "['from-the-file']"
    assert read_in_a_process(PORTAL_ENV_FILE=str(tmp_path / "none")).stdout.strip() == "[]"
