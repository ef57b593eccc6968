"""A demo cluster for these tests, and KUBECONFIG leading to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

type Connect = Callable[[str], None]


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """`connect(text)` makes the text the kubeconfig."""

    def write(text: str) -> None:
        path = tmp_path / "kubeconfig"
        path.write_text(text)
        monkeypatch.setenv("KUBECONFIG", str(path))

    return write
