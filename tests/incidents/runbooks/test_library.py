"""The folder: read as it is now, with the broken files named and the others working."""

import io
import logging
import os
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from incidents.checks import RUNBOOKS
from incidents.runbooks import library
from oncall_portal.serve import report_runbooks
from tests.incidents.runbooks.files import GENERAL, HIGH_CPU, HIGH_CPU_IN_CHINESE, text_of, write


def problems() -> list[str]:
    return [str(problem) for problem in library().problems]


def test_two_languages(runbooks: Path) -> None:
    assert library().slugs == {"general-incident", "high-cpu"}
    assert problems() == []
    chinese = library().get("high-cpu", "zh-hant")
    assert chinese is not None
    assert chinese.title == "CPU 使用率高"
    assert chinese.applies.words == ("cpu",)
    assert [each.language for each in library().in_language("zh-hant")] == ["en", "zh-hant"]


def test_an_edit_a_new_file_and_a_removed_one_show_at_once(runbooks: Path) -> None:
    before = library()
    assert library() is before
    write(runbooks, high_cpu=text_of(HIGH_CPU.replace("title: High CPU", "title: Hot")))
    assert library().runbooks["high-cpu"].title == "Hot"
    write(runbooks, late_backup=text_of(GENERAL))
    assert "late-backup" in library().slugs
    (runbooks / "late-backup.md").unlink()
    assert "late-backup" not in library().slugs


def test_a_file_that_another_takes_the_place_of_shows_even_with_an_old_time(runbooks: Path) -> None:
    stat = (runbooks / "high-cpu.md").stat()
    assert "high-cpu" in library().slugs
    write(runbooks, replacement=text_of(HIGH_CPU.replace("High CPU", "Hot CPUs")[:-1]))
    os.utime(runbooks / "replacement.md", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (runbooks / "replacement.md").replace(runbooks / "high-cpu.md")
    assert library().runbooks["high-cpu"].title == "Hot CPUs"


def test_the_others_work(runbooks: Path) -> None:
    write(runbooks, broken=text_of("title: Broken\nsteps:\n  - key: a\n    text: b\n    check: tea"))
    assert library().slugs == {"general-incident", "high-cpu"}
    assert problems()[0].startswith("broken.md:6: “check” cannot be “tea”")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("large.md", b"---\n" + b"x" * 256 * 1024, "large.md:1: The file is larger than 256 KB."),
        ("latin.md", "---\ntitle: Störung".encode("latin-1"), "latin.md:1: The file is not written in UTF-8."),
        ("High_CPU.md", b"", "High_CPU.md:1: A runbook's file is named by small letters"),
        ("a.fr.md", b"", "a.fr.md:1: A runbook's file is named by small letters"),
        ("a.en.md", b"", "a.en.md:1: A runbook's file is named by small letters"),
        ("a.zh-hant.old.md", b"", "a.zh-hant.old.md:1: A runbook's file is named by small letters"),
        (f"{'a' * 65}.md", b"", f"{'a' * 65}.md:1: A runbook's file is named by small letters"),
        ("empty.md", b"", "empty.md:1: The front matter is missing"),
    ],
)
def test_files_that_are_no_runbooks(runbooks: Path, name: str, content: bytes, said: str) -> None:
    (runbooks / name).write_bytes(content)
    assert len(problems()) == 1
    assert problems()[0].startswith(said)
    assert library().slugs == {"general-incident", "high-cpu"}


def test_what_lies_beside_them_is_left_alone(runbooks: Path) -> None:
    for name in ("README.md", "notes.txt", ".high-cpu.md.swp"):
        (runbooks / name).write_text("No runbook.")
    (runbooks / "folder.md").mkdir()
    os.mkfifo(runbooks / "pipe.md")
    assert problems() == []


def test_a_file_that_cannot_be_read(runbooks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read everything; a file of /proc refuses it, too.
    (runbooks / "secret.md").symlink_to("/proc/self/mem")
    assert problems() == ["secret.md:1: The file cannot be read: Input/output error."]


def test_a_folder_that_is_not_there(folder: Path, settings: object) -> None:
    settings.RUNBOOKS_DIR = folder / "nowhere"  # type: ignore[attr-defined]
    assert problems() == ["nowhere:1: There is no such folder."]
    assert library().slugs == frozenset()


def test_a_folder_outside_the_project_is_named_in_full(folder: Path, settings: object) -> None:
    settings.BASE_DIR = folder / "project"  # type: ignore[attr-defined]
    write(folder, empty="")
    assert problems()[0].startswith(f"{folder}/empty.md:1: ")


DIFFERENT = [
    (HIGH_CPU_IN_CHINESE.replace("key: tell", "key: say"), "11: Step 3 is another one than in the English file (here “say”"),
    (HIGH_CPU_IN_CHINESE.replace("check: top", "check: pods"), "4: Step 1 is another one"),
    (HIGH_CPU_IN_CHINESE.replace("by: 2", "by: 3"), "7: Step "),
    (HIGH_CPU_IN_CHINESE.partition("  - key: tell")[0], "7: Step "),
    (HIGH_CPU_IN_CHINESE + "  - key: more\n    text: 更多", "13: Step 4 is another one than in the English file (here “more”"),
]  # fmt: skip


@pytest.mark.parametrize(("front", "said"), DIFFERENT)
def test_a_translation_with_other_steps_is_broken_and_the_english_one_is_used(
    runbooks: Path, front: str, said: str
) -> None:
    write(runbooks, high_cpu__zh_hant=text_of(front))
    assert len(problems()) == 1
    assert problems()[0].startswith(f"high-cpu.zh-hant.md:{said}")
    runbook = library().get("high-cpu", "zh-hant")
    assert runbook is not None
    assert runbook.title == "High CPU"


def test_a_translation_alone(folder: Path) -> None:
    write(folder, high_cpu__zh_hant=text_of(HIGH_CPU_IN_CHINESE))
    assert problems() == ["high-cpu.zh-hant.md:1: The translation has no English file beside it."]


def test_a_broken_original_is_not_blamed_on_its_translation(runbooks: Path) -> None:
    write(runbooks, high_cpu="---\n")
    assert problems() == ["high-cpu.md:1: The front matter has no end: a line of three dashes is missing."]
    assert library().get("high-cpu", "zh-hant") is None


def test_the_command_is_content(runbooks: Path) -> None:
    said = io.StringIO()
    call_command("check_runbooks", stdout=said)
    assert said.getvalue() == "2 runbooks and 1 translations are right\n"


def test_the_command_says_every_problem_and_fails(runbooks: Path) -> None:
    write(runbooks, broken=text_of("title: Broken"), worse="")
    said = io.StringIO()
    with pytest.raises(CommandError, match="2 problems; 2 runbooks can be used"):
        call_command("check_runbooks", stdout=said)
    assert said.getvalue().splitlines() == [
        "broken.md:2: “steps” is missing.",
        "worse.md:1: The front matter is missing: the first line must be three dashes.",
    ]


def test_the_system_check_warns_and_stops_nothing(runbooks: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert run_checks(tags=[RUNBOOKS]) == []
    write(runbooks, broken=text_of("title: Broken"))
    (warning,) = run_checks(tags=[RUNBOOKS])
    assert (warning.id, warning.msg) == ("incidents.W001", "broken.md:2: “steps” is missing.")
    assert not warning.is_serious()
    with caplog.at_level(logging.WARNING):
        report_runbooks()
    assert caplog.messages == ["broken.md:2: “steps” is missing."]
