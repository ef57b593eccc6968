"""One figure of a benchmark, beside the limit it is held against."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """`reference` is what the same run measured as the limit, in the same unit; `ratio` is value / reference.

    `target` says in words what `met` answers; both are empty for a figure that is told for information.
    """

    measure: str
    value: float
    unit: str
    reference: float | None = None
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None


def info(measure: str, value: float, unit: str, reference: float | None = None) -> Measure:
    """A figure without a target."""
    return Measure(measure, value, unit, reference)


def at_most(measure: str, value: float, unit: str, limit: float, reference: float | None = None) -> Measure:
    """A figure that must not be larger than a fixed limit."""
    return Measure(measure, value, unit, reference, f"≤ {limit:g} {unit}", value <= limit)


def ratio_at_most(measure: str, value: float, unit: str, reference: float, limit: float) -> Measure:
    """A figure that must not be larger than so many times the reference of the same run."""
    return Measure(measure, value, unit, reference, f"ratio ≤ {limit:g}", value <= limit * reference)


def ratio_at_least(measure: str, value: float, unit: str, reference: float, limit: float) -> Measure:
    """A figure that must not be smaller than such a part of the reference of the same run."""
    return Measure(measure, value, unit, reference, f"ratio ≥ {limit:g}", value >= limit * reference)
