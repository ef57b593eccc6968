"""A laptop on which somebody runs the line that a preflight's page gives them."""

import subprocess
import sys
from pathlib import Path

#: kubectl, aws and shellcheck as `make setup-dev` installs them.
TOOLS = Path(sys.executable).parent


class Laptop:
    """A laptop with its own configuration, on which somebody runs a line."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{TOOLS}:/usr/bin:/bin",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        }

    def run(self, url: str, *, shell: str = "sh") -> tuple[int, str]:
        """`curl … | sh`: the exit status, and all that the terminal shows."""
        ran = subprocess.run(
            [shell, "-c", f"curl -sS '{url}' | {shell}"],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return ran.returncode, ran.stdout
