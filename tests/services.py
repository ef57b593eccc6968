"""The services under the tests: one embedded PostgreSQL for the whole run, and a Valkey for each process of it.

A plugin of its own (`-p tests.services`), because pytest-django reads the settings, and with them DATABASE_URL,
before any conftest.py is imported. Workers of pytest-xdist inherit the address of the controller's PostgreSQL and have
a database each (by pytest-django). A Valkey they could not share: publishing knows no database numbers.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from embedded.kept import free_port
from embedded.postgres import Postgres
from embedded.processes import start, stop
from embedded.valkey import Valkey

# boto3's own chain, led to nobody; the key is the only one that the simulated AWS lets in.
WITHOUT_AWS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "AKIADEMOCHATOPS00000",
    "AWS_SECRET_ACCESS_KEY": "only-for-tests",
    "AWS_SESSION_TOKEN": "",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}
#: Nor do the others of the chain count, whatever the shell has.
UNSET = (
    *(
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_REGION",
        "AWS_CA_BUNDLE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL_RDS"),
    *("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
)
# Every variable that could lead a test to a real service, set so that neither the shell nor a .env file decides it.
FIXED = {
    "PORTAL_ENV_FILE": "/nonexistent",
    "PORTAL_DEMO": "0",
    "SECRET_KEY": "only-for-tests-and-long-enough-to-pass-the-deployment-check-0123456789",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "DEBUG": "0",
    "PORTAL_BEHIND_TLS": "0",
    "PORTAL_TIME_ZONE": "Asia/Taipei",
    "PAGERDUTY_API_TOKEN": "demo-token",
    "PAGERDUTY_BASE_URL": "http://127.0.0.1:9",  # The discard port: nobody answers there.
    "PAGERDUTY_WEBHOOK_SECRETS": "demo-webhook-secret",
    "PAGERDUTY_FROM": "",
    "SLACK_WEBHOOK_URL": "",
    "SLA_DEAD_MAN_URL": "",
    "PORTAL_URL": "",
    "PORTAL_LANGUAGE": "en",
    "RUNBOOKS_DIR": "",
    "PREFLIGHT_ENDPOINTS": "",
    "PREFLIGHT_TEST_SERVICE": "",
    "KUBECONFIG": "/nonexistent",
    "GRAFANA_URL": "",
    "GRAFANA_TOKEN": "",
    "RDS_REBOOT_ALLOWED": "0",
    **WITHOUT_AWS,
    # Empty is off: processes that tests start would compile all of Django each time.
    "PYTHONDONTWRITEBYTECODE": "",
}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Point the environment at the test services before pytest-django loads the settings."""
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    folder.chmod(0o711)  # PostgreSQL, running as another user where the tests run as root, must pass through.
    # Not pytest_unconfigure: that is not called when the settings or a conftest.py fail to load.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update(FIXED, PORTAL_DATA=str(folder), REDIS_URL=_started(Valkey(folder, free_port(), durable=False)))
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["DATABASE_URL"] = _started(Postgres(folder, free_port(), durable=False))
    yield


def _started(service: Postgres | Valkey) -> str:
    """Starts a service until this process ends; its URL."""
    with (service.folder / f"{service.name}.log").open("wb") as log:
        atexit.register(stop, start(service, output=log), service.stop_signal)
    return service.url
