"""The right runbook comes first, and says why."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.runbooks import Applies, Match, Runbook, Symptoms, best_runbooks


def runbook(slug: str, **applies: tuple[str, ...]) -> Runbook:
    return Runbook(slug=slug, language="en", title=slug, applies=Applies(**applies), steps=(), body="")


GENERAL = runbook("general")
CPU = runbook("cpu", words=("cpu",), metrics=("cpu usage",))
DATABASE = runbook("database", words=("database", "數據庫"))
CONNECTIONS = runbook("connections", words=("database connections",), metrics=("connections",))
ENGINE_CPU = runbook("engine-cpu", services=("chatops-engine",), words=("cpu",))
ENGINE = runbook("engine", services=("chatops-engine",))
ALL = [GENERAL, CPU, DATABASE, CONNECTIONS, ENGINE_CPU, ENGINE]


def slugs(symptoms: Symptoms, *preferred: str) -> list[str]:
    return [match.runbook.slug for match in best_runbooks(symptoms, ALL, preferred=preferred)]


def why(symptoms: Symptoms, *preferred: str) -> list[str]:
    return [str(reason) for reason in best_runbooks(symptoms, ALL, preferred=preferred)[0].reasons]


@pytest.mark.parametrize(
    ("symptoms", "expected"),
    [
        (Symptoms("chatops-gateway", "High CPU", "CPU usage"), ["cpu", "general"]),
        (Symptoms("chatops-engine", "High CPU"), ["engine-cpu", "cpu", "engine", "general"]),
        (Symptoms("Chatops-Engine", "Certificate expires"), ["engine", "general"]),
        (Symptoms("chatops-db", "Database connections exhausted", "Connections"), ["connections", "database", "general"]),
        (Symptoms("chatops-db", "Database connections"), ["connections", "database", "general"]),
        (Symptoms("chatops-db", "Backup late", "Connections"), ["connections", "general"]),
        (Symptoms("chatops-db", "數據庫無法連接"), ["database", "general"]),
        (Symptoms("chatops-gateway", "ＣＰＵ 過高"), ["cpu", "general"]),
        (Symptoms("chatops-gateway", "High-CPU"), ["cpu", "general"]),
        (Symptoms("chatops-gateway", "cpuset changed"), ["general"]),
        (Symptoms("", "", ""), ["general"]),
    ],
)  # fmt: skip
def test_what_fits_best_is_first_and_the_general_one_last(symptoms: Symptoms, expected: list[str]) -> None:
    assert slugs(symptoms) == expected


def test_nothing_fits_where_there_is_no_general_one() -> None:
    assert best_runbooks(Symptoms("chatops-web", "Certificate"), [CPU, ENGINE]) == []


def test_what_the_catalogue_names_goes_first() -> None:
    symptoms = Symptoms("chatops-gateway", "High CPU", "CPU usage")
    assert slugs(symptoms, "database", "engine") == ["database", "engine", "cpu", "general"]
    assert slugs(symptoms, "database", "cpu") == ["cpu", "database", "general"]
    assert slugs(symptoms, "no-such-runbook") == ["cpu", "general"]


def test_it_says_which_rule_fitted() -> None:
    cpu = Symptoms("chatops-engine", "High CPU", "CPU usage")
    assert why(cpu, "cpu") == [
        "the catalogue names it for this service",
        "the metric says “cpu usage”",
        "the title says “cpu”",
    ]
    assert why(replace(cpu, metric="")) == ["the title says “cpu”", "it is for the service chatops-engine"]
    assert why(Symptoms("chatops-web", "Certificate")) == ["it fits every incident"]
    assert why(Symptoms("chatops-web", "Certificate"), "database") == ["the catalogue names it for this service"]


def test_the_longest_phrase_is_the_reason() -> None:
    latency = runbook("latency", metrics=("latency", "p95 latency"))
    (match,) = best_runbooks(Symptoms("chatops-web", "Slow", "p95 latency"), [latency])
    assert [str(reason) for reason in match.reasons] == ["the metric says “p95 latency”"]


words = st.sampled_from(["cpu", "High", "database", "connections", "數據庫", "usage", "-", "x"])
texts = st.lists(words, max_size=6).map(" ".join)
phrases = st.lists(texts.filter(lambda text: text.strip("- ")), max_size=2).map(tuple)
services = st.sampled_from(["chatops-gateway", "chatops-engine"])
symptoms = st.builds(Symptoms, service=services, title=texts, metric=texts)
libraries = st.lists(
    st.builds(Applies, services=st.lists(services, max_size=1).map(tuple), words=phrases, metrics=phrases), max_size=5
).map(
    lambda rules: [
        Runbook(slug=f"r{number}", language="en", title="T", applies=rule, steps=(), body="")
        for number, rule in enumerate(rules)
    ]
)


def ranked(found: list[Match]) -> list[str]:
    return [match.runbook.slug for match in found]


@given(symptoms, libraries, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(symptoms: Symptoms, library: list[Runbook], random: object) -> None:
    shuffled = sorted(library, key=lambda _each: random.random())  # type: ignore[attr-defined]
    assert best_runbooks(symptoms, shuffled) == best_runbooks(symptoms, library)


@given(symptoms, libraries)
def test_another_runbook_changes_nothing_between_two(symptoms: Symptoms, library: list[Runbook]) -> None:
    everything = ranked(best_runbooks(symptoms, [*library, CPU, GENERAL]))
    assert [slug for slug in everything if slug.startswith("r")] == ranked(best_runbooks(symptoms, library))
    assert "general" in everything


@given(symptoms, libraries)
def test_neither_case_nor_width_nor_blanks_matter(symptoms: Symptoms, library: list[Runbook]) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in symptoms.title)
    assert unicodedata.normalize("NFKC", wide) == symptoms.title
    seen = Symptoms(symptoms.service.upper(), f"  {wide.swapcase()} ", symptoms.metric.replace(" ", "   "))
    assert ranked(best_runbooks(seen, library)) == ranked(best_runbooks(symptoms, library))


@given(symptoms, libraries, st.lists(st.sampled_from(["r0", "r1", "r2", "gone"]), unique=True))
def test_the_named_ones_are_all_there_and_first(symptoms: Symptoms, library: list[Runbook], named: list[str]) -> None:
    found = ranked(best_runbooks(symptoms, library, preferred=named))
    there = [slug for slug in named if slug in {each.slug for each in library}]
    assert set(found[: len(there)]) == set(there)
    assert len(found) == len(set(found))
