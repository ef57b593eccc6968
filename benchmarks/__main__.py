"""`python -m benchmarks [name …]`: runs the benchmarks, prints a table each and writes `benchmarks/out/<name>.json`.

A benchmark is a module of this package with `run() -> list[Measure]`; names that begin with an underscore are its tools.
"""

import importlib
import json
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Measure

FOLDER = Path(__file__).resolve().parent
OUT = FOLDER / "out"
TOOLS = {"measure"}
HEADINGS = ("measure", "value", "unit", "reference", "ratio", "target", "met")
NUMBERS = {"value", "reference", "ratio"}
VERDICTS = {True: "yes", False: "NO", None: ""}


def names() -> list[str]:
    """All benchmarks, by name."""
    found = (module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return sorted(name for name in found if not name.startswith("_") and name not in TOOLS)


def as_row(measure: Measure) -> dict[str, object]:
    """The figure as the JSON file holds it."""
    return asdict(measure) | {"ratio": measure.ratio}


def table(measures: Sequence[Measure]) -> str:
    """Columns as wide as their longest cell, numbers to the right."""
    rows = [dict(zip(HEADINGS, HEADINGS, strict=True)), *(_cells(measure) for measure in measures)]
    widths = {heading: max(len(row[heading]) for row in rows) for heading in HEADINGS}
    lines = (
        "  ".join(f"{row[h]:>{widths[h]}}" if h in NUMBERS else f"{row[h]:<{widths[h]}}" for h in HEADINGS)
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _cells(measure: Measure) -> dict[str, str]:
    row = as_row(measure)
    numbers = {name: "" if row[name] is None else f"{row[name]:,.4g}" for name in NUMBERS}
    words = {name: str(row[name]) for name in ("measure", "unit", "target")}
    return words | numbers | {"met": VERDICTS[measure.met]}


def run_one(name: str) -> bool:
    """Run, print and write one benchmark; whether it came to its end and met all its targets."""
    print(f"\n== {name}", flush=True)
    try:
        measures: list[Measure] = importlib.import_module(f"benchmarks.{name}").run()
    except Exception:  # noqa: BLE001  (the others are still worth running)
        traceback.print_exc()
        return False
    print(table(measures), flush=True)
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps([as_row(measure) for measure in measures], indent=2) + "\n")
    return all(measure.met is not False for measure in measures)


def main(asked: Sequence[str]) -> int:
    """0 if every target is met, 1 if not, 2 for a benchmark that does not exist."""
    unknown = sorted(set(asked) - set(names()))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    bad = [name for name in asked or names() if not run_one(name)]
    if bad:
        print(f"\nFailed or beyond a target: {', '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
