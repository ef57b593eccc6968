"""A file is a runbook, or all that is wrong with it is said, each with its line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.enums import EvidenceKind, MitigationVerb
from incidents.mitigations.plans import read_plan
from incidents.runbooks import BrokenRunbook, Problem, Runbook, StepKind, parse_runbook
from tests.incidents.runbooks.files import HIGH_CPU, text_of

CHECKS = "pods, events, logs, rollouts, top, rds, grafana"
VERBS = "scale, delete_pod, roll_back, restart, reboot_rds"
NO_TEXT = "must be a text of at most"
STEP = "  - key: look\n    text: Look."


def parse(text: str, language: str = "en") -> Runbook:
    return parse_runbook(text, slug="high-cpu", language=language, file="runbooks/high-cpu.md")


def complaints(text: str, language: str = "en") -> list[str]:
    with pytest.raises(BrokenRunbook) as broken:
        parse(text, language)
    return [str(problem) for problem in broken.value.problems]


def one(front: str, language: str = "en") -> str:
    """The only complaint about a file with this front matter, as `line: sentence`."""
    found = complaints(text_of(front), language)
    assert len(found) == 1, found
    return found[0].removeprefix("runbooks/high-cpu.md:")


def test_everything_a_runbook_says() -> None:
    runbook = parse(text_of(HIGH_CPU, "Some *words*.\n---\nAnd more."))
    assert runbook.title == "High CPU"
    assert (runbook.applies.words, runbook.applies.metrics, runbook.applies.services) == (("cpu",), ("cpu usage",), ())
    look, scale, tell = runbook.steps
    assert (look.kind, look.check) == (StepKind.CHECK, EvidenceKind.TOP)
    assert (scale.kind, scale.verb, scale.parameters) == (StepKind.MITIGATION, MitigationVerb.SCALE, {"by": 2})
    assert (tell.kind, tell.text) == (StepKind.TEXT, "Tell the channel.")
    assert runbook.body == "Some *words*.\n---\nAnd more."


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_other_editors(change: object) -> None:
    assert callable(change)
    assert parse(change(text_of(HIGH_CPU))).steps == parse(text_of(HIGH_CPU)).steps


@pytest.mark.parametrize(
    ("verb", "parameters", "read"),
    [
        ("scale", "{by: 2}", {"by": 2}),
        ("scale", "{by: -1}", {"by": -1}),
        ("scale", "{by: +3}", {"by": 3}),
        ("scale", "{to: 6}", {"to": 6}),
        ("scale", "{to: 0}", {"to": 0}),
        ("delete_pod", "{choose: most_memory}", {"choose": "most_memory"}),
        ("delete_pod", "{choose: unready}", {"choose": "unready"}),
        ("roll_back", "{to: previous}", {"to": "previous"}),
        ("roll_back", "{to: 12}", {"to": 12}),
        ("restart", "{}", {}),
        ("reboot_rds", "{}", {}),
    ],
)
def test_parameters_that_a_mitigation_takes(verb: str, parameters: str, read: dict[str, object]) -> None:
    front = f"title: T\nsteps:\n{STEP}\n    mitigation: {verb}\n    parameters: {parameters}"
    step = parse(text_of(front)).steps[0]
    assert step.parameters == read
    # What a runbook may say is what a mitigation takes.
    assert step.verb is not None
    read_plan(step.verb, step.parameters)


@pytest.mark.parametrize(
    ("verb", "parameters", "said"),
    [
        ("scale", "{}", "To scale, say either “by” how many or “to” how many replicas."),
        ("scale", "{by: 1, to: 2}", "To scale, say either “by” how many or “to” how many replicas."),
        ("scale", "{by: 0}", "“by” must not be 0: nothing would change."),
        ("scale", "{by: two}", "“by” must be a whole number from -500 to 500."),
        ("scale", "{by: 1.5}", "“by” must be a whole number from -500 to 500."),
        ("scale", "{by: 0x10}", "“by” must be a whole number from -500 to 500."),
        ("scale", "{by: [2]}", "“by” must be a whole number from -500 to 500."),
        ("scale", "{to: -1}", "“to” must be a whole number from 0 to 500."),
        ("scale", "{to: 501}", "“to” must be a whole number from 0 to 500."),
        ("scale", "{from: 1}", "“from” is not known here; known are by, to."),
        ("scale", "[by]", "“parameters” must have names and values, such as “by: 2”."),
        ("delete_pod", "{}", "To delete a pod, say which by “choose”: most_memory, most_cpu, oldest, unready."),
        (
            "delete_pod",
            "{choose: all}",
            "“choose” cannot be “all”; there are most_memory, most_cpu, oldest, unready.",
        ),
        ("roll_back", "{}", "To roll back, say “to”: previous, or a revision's number."),
        ("roll_back", "{to: first}", "To roll back, say “to”: previous, or a revision's number."),
        ("roll_back", "{to: 0}", "“to” must be a whole number from 1 to 999999."),
        ("restart", "{by: 2}", "“by” is not known here; known are –."),
        ("reboot_rds", "{force: yes}", "“force” is not known here; known are –."),
    ],
)
def test_parameters_that_it_does_not(verb: str, parameters: str, said: str) -> None:
    front = f"title: T\nsteps:\n{STEP}\n    mitigation: {verb}\n    parameters: {parameters}"
    assert one(front) == f"7: {said}"


def test_parameters_that_are_missing_are_missed_at_the_mitigation() -> None:
    front = f"title: T\nsteps:\n{STEP}\n    mitigation: scale"
    assert one(front) == "6: To scale, say either “by” how many or “to” how many replicas."


@pytest.mark.parametrize(
    ("front", "said"),
    [
        (f"steps:\n{STEP}", "2: “title” is missing."),
        ("title: T", "2: “steps” is missing."),
        ("title: T\nsteps: []", "3: A runbook needs at least one step."),
        ("title: T\nsteps: look", "3: “steps” must be a list of at most 50 entries."),
        (f"title:\nsteps:\n{STEP}", f"2: “title” {NO_TEXT} 120 characters."),
        (f"title: {'x' * 121}\nsteps:\n{STEP}", f"2: “title” {NO_TEXT} 120 characters."),
        (f"title: [T]\nsteps:\n{STEP}", f"2: “title” {NO_TEXT} 120 characters."),
        (f"title: '\u200b'\nsteps:\n{STEP}", f"2: “title” {NO_TEXT} 120 characters."),
        (f"title: T\nsteps:\n{STEP}\nowner: me", "6: “owner” is not known here; known are title, applies, steps."),
        (f"title: T\ntitle: U\nsteps:\n{STEP}", "3: “title” stands here twice."),
        (f"title: T\n<<: {{a: b}}\nsteps:\n{STEP}", "3: “<<” is not known here; known are title, applies, steps."),
        (f"title: T\napplies: cpu\nsteps:\n{STEP}", "3: “applies” must have names and values, such as “words: [cpu]”."),
        (f"title: T\napplies:\n  words: cpu\nsteps:\n{STEP}", "4: “words” must be a list of at most 50 entries."),
        (f"title: T\napplies:\n  words: [cpu, {{a: b}}]\nsteps:\n{STEP}", f"4: “words” {NO_TEXT} 80 characters."),
        (f"title: T\napplies:\n  words: [cpu,\n    '']\nsteps:\n{STEP}", f"5: “words” {NO_TEXT} 80 characters."),
        (f"title: T\nsteps:\n{STEP}\n  - text: Look.", "6: “key” is missing."),
        (f"title: T\nsteps:\n{STEP}\n  - key: act", "6: “text” is missing."),
        (f"title: T\nsteps:\n{STEP}\n  - look", "6: “steps” must have names and values, such as “key: look”."),
        (f"title: T\nsteps:\n{STEP}\n{STEP}", "6: The key “look” is an earlier step's already."),
        ("title: T\nsteps:\n  - text: A\n    key: B", "5: “key” has small letters, digits and dashes between them, at most 64."),
        (f"title: T\nsteps:\n{STEP}\n    check: coffee", f"6: “check” cannot be “coffee”; there are {CHECKS}."),
        (f"title: T\nsteps:\n{STEP}\n    check: {'x' * 99}", f"6: “check” cannot be “{'x' * 60}…”; there are {CHECKS}."),
        (f"title: T\nsteps:\n{STEP}\n    mitigation: pray", f"6: “mitigation” cannot be “pray”; there are {VERBS}."),
        (f"title: T\nsteps:\n{STEP}\n    check: pods\n    mitigation: restart", "7: A step is a check or a mitigation, not both."),
        (f"title: T\nsteps:\n{STEP}\n    check: pods\n    parameters: {{by: 2}}", "7: “parameters” belong to a mitigation."),
        ("title: T\nsteps: [look", "3: The front matter is no YAML: expected ',' or ']', but got '<stream end>'."),
        ("title: T: U\nsteps: []", "2: The front matter is no YAML: mapping values are not allowed here."),
        ("title: &t T\nsteps: *t", "3: The front matter is no YAML: aliases are not accepted."),
        (f"title: T\nsteps:\n  - {'[' * 30}", "4: The front matter is no YAML: it is nested too deeply."),
        ("title: T\nsteps: \x07", "3: The front matter is no YAML: special characters are not allowed."),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(front: str, said: str) -> None:
    assert one(front) == said


def test_a_translation_says_nothing_of_when_it_applies() -> None:
    front = f"title: T\napplies:\n  words: [cpu]\nsteps:\n{STEP}"
    assert one(front, "zh-hant") == "3: “applies” is not known here; known are title, steps."


def test_all_problems_are_said_at_once() -> None:
    front = "title:\nsteps:\n  - key: Look\n    text: Look.\n    check: coffee\n  - key: act"
    assert [said.split(":")[1] for said in complaints(text_of(front))] == ["2", "4", "6", "7"]


@pytest.mark.parametrize("text", ["", "# High CPU\n", "title: T\n---\n", " ---\ntitle: T\n---\n"])
def test_no_front_matter(text: str) -> None:
    said = "runbooks/high-cpu.md:1: The front matter is missing: the first line must be three dashes."
    assert complaints(text) == [said]


def test_front_matter_without_an_end() -> None:
    said = "runbooks/high-cpu.md:1: The front matter has no end: a line of three dashes is missing."
    assert complaints("---\ntitle: T\nsteps: []\n") == [said]


def test_empty_front_matter() -> None:
    assert complaints("---\n---\n") == ["runbooks/high-cpu.md:1: A runbook needs at least one step."]


def test_values_are_never_built_into_objects() -> None:
    found = complaints(text_of("title: !!python/object/apply:os.system [echo]\nsteps:\n" + STEP))
    assert found == ["runbooks/high-cpu.md:2: “title” must be a text of at most 120 characters."]


def test_what_reverses_the_readers_line_is_dropped() -> None:
    assert parse(text_of(f"title: 'High\u202e CPU'\nsteps:\n{STEP}")).title == "High CPU"


PIECES = st.sampled_from(
    [
        *("title", "steps", "applies", "key", "text", "check", "pods", "scale", "by", "look", "0"),
        *(": ", "\n", "  ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!x ", '"', "'", "|", ">", "?", "#", "---"),
        *("%YAML 9", "\\UFFFFFFFF", "\\ud800"),
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join))
@example('title: "\\UFFFFFFFF"')
@example('title: "\\ud800"\nsteps:\n  - {key: a, text: b}')
@example("? [a]\n: b")
@example("%YAML 9\n---")
def test_any_text_is_a_runbook_or_a_complaint_with_a_line(front: str) -> None:
    text = text_of(front)
    title, problems = "", tuple[Problem, ...]()
    try:
        title = parse(text).title
    except BrokenRunbook as error:
        problems = error.problems
    assert bool(title.encode()) is not bool(problems)
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.sentence.endswith(".")
