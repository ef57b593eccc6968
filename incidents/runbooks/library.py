"""The folder of runbooks: read once, and again when a file in it has changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from incidents.runbooks.model import ENGLISH, BrokenRunbook, Problem, Runbook
from incidents.runbooks.parsing import parse_runbook
from incidents.runbooks.reading import KEY, LONGEST_KEY

LARGEST = 256 * 1024
#: Languages that a runbook may be translated into, as they stand before `.md`.
TRANSLATIONS = ("zh-hant",)
#: Tells people of the folder itself.
NOT_A_RUNBOOK = "README.md"

NO_FOLDER = _("There is no such folder.")
UNREADABLE = _("The file cannot be read: %(reason)s.")
TOO_LARGE = _("The file is larger than %(limit)s KB.")
NOT_UTF8 = _("The file is not written in UTF-8.")
BAD_NAME = _(
    "A runbook's file is named by small letters, digits and dashes, such as high-cpu.md or high-cpu.zh-hant.md."
)
NO_ORIGINAL = _("The translation has no English file beside it.")
OTHER_STEPS = _(
    "Step %(number)s is another one than in the English file (here “%(ours)s”, there “%(theirs)s”): key, check, mitigation and "
    "parameters must be the same. The English file is shown instead."
)

type Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Library:
    """Every runbook that can be used, and what is wrong with the others. `translated` is by slug and language."""

    runbooks: Mapping[str, Runbook]
    translated: Mapping[tuple[str, str], Runbook]
    problems: tuple[Problem, ...]

    def get(self, slug: str, language: str = ENGLISH) -> Runbook | None:
        """The runbook in the language, in English where it is not translated."""
        return self.translated.get((slug, language)) or self.runbooks.get(slug)

    def in_language(self, language: str) -> list[Runbook]:
        """All of them, by slug."""
        return [self.translated.get((slug, language), runbook) for slug, runbook in sorted(self.runbooks.items())]

    @cached_property
    def slugs(self) -> frozenset[str]:
        return frozenset(self.runbooks)


_known: dict[Path, tuple[Signature, Library]] = {}


def library() -> Library:
    """The runbooks of the configured folder, as they are on disk now."""
    return read_library(settings.RUNBOOKS_DIR, shown_from=settings.BASE_DIR)


def read_library(folder: Path, *, shown_from: Path) -> Library:
    """The runbooks of a folder. Complaints name files as seen from `shown_from` where they lie under it."""
    try:
        signature = _signature(folder)
    except OSError:
        return Library({}, {}, (Problem(_shown(folder, shown_from), 1, NO_FOLDER),))
    known = _known.get(folder)
    if known is None or known[0] != signature:
        known = _known[folder] = signature, _read([folder / name for name, *_rest in signature], shown_from)
    return known[1]


def _signature(folder: Path) -> Signature:
    """What changes when a file does: its name, time, size and identity (a mounted folder is replaced as a whole)."""
    with os.scandir(folder) as entries:
        stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".md") and entry.is_file()]
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in stats))


def _read(paths: list[Path], shown_from: Path) -> Library:
    runbooks: dict[tuple[str, str], Runbook] = {}
    problems: list[Problem] = []
    broken: set[str] = set()
    shown = {path.name: _shown(path, shown_from) for path in paths}
    for path in paths:
        if path.name == NOT_A_RUNBOOK:
            continue
        slug, _dot, language = path.stem.partition(".")
        try:
            runbook = _read_one(path, slug, language, shown[path.name])
            runbooks[slug, runbook.language] = runbook
        except BrokenRunbook as error:
            problems += error.problems
            broken.add(path.name)
    originals = {slug: runbook for (slug, language), runbook in runbooks.items() if language == ENGLISH}
    translated: dict[tuple[str, str], Runbook] = {}
    for (slug, language), runbook in runbooks.items():
        name = f"{slug}.{language}.md"
        if language == ENGLISH or f"{slug}.md" in broken:
            continue
        problem = _difference(runbook, originals.get(slug), shown[name])
        if problem is None:
            translated[slug, language] = replace(runbook, applies=originals[slug].applies)
        else:
            problems.append(problem)
    return Library(originals, translated, tuple(sorted(problems, key=lambda each: (each.file, each.line))))


def _read_one(path: Path, slug: str, language: str, shown: str) -> Runbook:
    def broken(template: object, **details: object) -> BrokenRunbook:
        return BrokenRunbook((Problem(shown, 1, template, details),))

    if not KEY.fullmatch(slug) or len(slug) > LONGEST_KEY or language not in ("", *TRANSLATIONS):
        raise broken(BAD_NAME)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise broken(UNREADABLE, reason=error.strerror) from error
    if len(content) > LARGEST:
        raise broken(TOO_LARGE, limit=LARGEST // 1024)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise broken(NOT_UTF8) from error
    return parse_runbook(text, slug=slug, language=language or ENGLISH, file=shown)


def _difference(translation: Runbook, original: Runbook | None, shown: str) -> Problem | None:
    """The first step that is not the same one in both."""
    if original is None:
        return Problem(shown, 1, NO_ORIGINAL)
    longest = max(len(original.steps), len(translation.steps))
    for place in range(longest):
        theirs = original.steps[place] if place < len(original.steps) else None
        ours = translation.steps[place] if place < len(translation.steps) else None
        if theirs is None or ours is None or not ours.does_the_same_as(theirs):
            line = ours.line if ours else translation.steps[-1].line
            keys = {"ours": ours.key if ours else "–", "theirs": theirs.key if theirs else "–"}
            return Problem(shown, line, OTHER_STEPS, {"number": place + 1, **keys})
    return None


def _shown(path: Path, shown_from: Path) -> str:
    return str(path.relative_to(shown_from) if path.is_relative_to(shown_from) else path)
