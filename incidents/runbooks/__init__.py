"""Runbooks: written procedures, as Markdown files whose front matter machines check."""

from incidents.runbooks.library import Library, library, read_library
from incidents.runbooks.matching import Match, Reason, Symptoms, best_runbooks
from incidents.runbooks.model import Applies, BrokenRunbook, Problem, Runbook, Step, StepKind
from incidents.runbooks.parsing import parse_runbook

__all__ = [
    "Applies",
    "BrokenRunbook",
    "Library",
    "Match",
    "Problem",
    "Reason",
    "Runbook",
    "Step",
    "StepKind",
    "Symptoms",
    "best_runbooks",
    "library",
    "parse_runbook",
    "read_library",
]
