"""A folder of runbooks that the portal reads."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.incidents.runbooks.files import GENERAL, HIGH_CPU, HIGH_CPU_IN_CHINESE, text_of, write


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """An empty folder, and the portal's settings leading to it."""
    settings.RUNBOOKS_DIR = tmp_path
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def runbooks(folder: Path) -> Path:
    """A runbook for CPU in two languages, and a general one."""
    write(
        folder,
        high_cpu=text_of(HIGH_CPU, "## By hand\n\n`kubectl top pods -l app=<service>`"),
        high_cpu__zh_hant=text_of(HIGH_CPU_IN_CHINESE),
        general_incident=text_of(GENERAL, "See [High CPU](high-cpu.md)."),
    )
    return folder
