"""The runbooks that come with the portal: all right, in both languages, and they do what the guide says."""

import re
from pathlib import Path

import pytest

from incidents.alert_text import parse_measure, parse_title
from incidents.enums import EvidenceKind, MitigationVerb
from incidents.runbooks import Library, Runbook, Symptoms, best_runbooks, read_library

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def shipped() -> Library:
    return read_library(ROOT / "deploy/ops/runbooks", shown_from=ROOT)


def test_they_are_all_right_and_all_translated(shipped: Library) -> None:
    assert [str(problem) for problem in shipped.problems] == []
    assert shipped.slugs == {
        *("general-incident", "database-incident", "high-latency"),
        *("high-cpu", "high-memory", "error-rate", "database-connections"),
    }
    assert {slug for slug, _language in shipped.translated} == shipped.slugs


@pytest.mark.parametrize(
    ("title", "body", "slug", "check", "verb", "parameters"),
    [
        ("[P2] High CPU - chatops-engine", "CPU usage: 93% (threshold: 80%)",
         "high-cpu", EvidenceKind.TOP, MitigationVerb.SCALE, {"by": 2}),
        ("[P2] High memory - chatops-gateway", "Memory usage: 91% (threshold: 85%)",
         "high-memory", EvidenceKind.TOP, MitigationVerb.DELETE_POD, {"choose": "most_memory"}),
        ("[P1] High Error Rate - chatops-gateway", "Error rate: 5.2% (threshold: 1%)",
         "error-rate", EvidenceKind.ROLLOUTS, MitigationVerb.ROLL_BACK, {"to": "previous"}),
        ("[P1] Database connections - chatops-db", "Connections: 471 (threshold: 450)",
         "database-connections", EvidenceKind.RDS, MitigationVerb.RESTART, {}),
    ],
)  # fmt: skip
def test_the_guides_common_alerts_and_what_to_look_at_and_do(
    shipped: Library,
    title: str,
    body: str,
    slug: str,
    check: EvidenceKind,
    verb: MitigationVerb,
    parameters: dict[str, object],
) -> None:
    best = opened(shipped, title, body)
    assert best.slug == slug
    assert next(step.check for step in best.steps if step.check) == check
    first = next(step for step in best.steps if step.verb)
    assert (first.verb, first.parameters) == (verb, parameters)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("[P1] High latency - chatops-web", "high-latency"),
        ("[P3] Slow first paint - chatops-web", "high-latency"),
        ("[P2] Replica lag - chatops-db", "database-incident"),
        ("[P2] Slow queries - chatops-db", "database-incident"),
        ("[P0] Database connections exhausted - chatops-db", "database-connections"),
        ("[P3] Certificate expires in 14 days - chatops-web", "general-incident"),
        ("[P2] 數據庫無法使用 - chatops-db", "database-incident"),
        ("[P2] 內存使用率高 - chatops-engine", "high-memory"),
    ],
)
def test_other_alerts(shipped: Library, title: str, slug: str) -> None:
    assert opened(shipped, title).slug == slug


def opened(shipped: Library, title: str, body: str = "") -> Runbook:
    alert = parse_title(title)
    symptoms = Symptoms(service=alert.service, title=alert.what, metric=parse_measure(body).name)
    return best_runbooks(symptoms, shipped.runbooks.values())[0].runbook


def test_links_between_them_lead_somewhere(shipped: Library) -> None:
    for runbook in (*shipped.runbooks.values(), *shipped.translated.values()):
        for target in re.findall(r"\]\(([^)]+)\.md\)", runbook.body):
            assert target in shipped.slugs, (runbook.slug, target)


def test_commands_stay_in_the_guides_namespace(shipped: Library) -> None:
    for runbook in (*shipped.runbooks.values(), *shipped.translated.values()):
        commands = re.findall(r"kubectl [^\n`]*", runbook.body)
        assert all(command.startswith("kubectl -n chatops ") for command in commands), runbook.slug
