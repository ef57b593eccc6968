"""What is different between two revisions, and what is noticed of a rollout."""

from datetime import datetime, timedelta

import pytest

from cluster.models import Change
from cluster.rollouts import difference, rollout_title, tag_of
from cluster.services.record_rollouts import record_rollouts
from integrations.kubernetes.types import Revision
from tests.cluster.things import NOON, make_entry, revision


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("chatops/gateway:v1.2.4", "v1.2.4"),
        ("registry.example.com:5000/chatops/gateway:v1", "v1"),
        ("registry.example.com:5000/chatops/gateway", ""),
        ("chatops/gateway@sha256:0123456789abcdef0123", "sha256:0123456789ab"),
        ("", ""),
    ],
)
def test_a_tag_is_read_off_an_image(image: str, tag: str) -> None:
    assert tag_of(image) == tag


def test_what_a_revision_changed() -> None:
    before = revision(1, image="a:1", env={"app": ("HOST", "PORT")}, resources={"app": "limits cpu=1"})
    after = revision(2, image="a:2", env={"app": ("HOST", "TOKEN")}, resources={"app": "limits cpu=2"})
    assert difference(before, after) == {
        "images": {"app": ["a:1", "a:2"]},
        "resources": {"app": ["limits cpu=1", "limits cpu=2"]},
        "env_added": {"app": ["TOKEN"]},
        "env_removed": {"app": ["PORT"]},
    }


def test_what_is_the_same_is_no_difference() -> None:
    assert difference(revision(1, image="a:1"), revision(2, image="a:1")) == {}
    assert rollout_title("gateway", 2, {}) == "gateway: #2"


def test_a_container_that_came_or_went_is_one() -> None:
    before, after = revision(1, image="a:1"), revision(2, image="a:1")
    more = Revision(**{**vars(after), "images": {"app": "a:1", "proxy": "p:1"}})
    assert difference(before, more) == {"images": {"proxy": ["", "p:1"]}}
    assert difference(more, before) == {"images": {"proxy": ["p:1", ""]}}


def record(*revisions: Revision, since: datetime | None = NOON - timedelta(seconds=15)) -> int:
    """A poll at noon that finds these revisions of the gateway, newest first."""
    return record_rollouts(
        context="", namespace="chatops", rollouts={"chatops-gateway": revisions}, since=since, now=NOON
    )


@pytest.mark.django_db
def test_a_new_revision_is_one_change_however_often_it_is_seen() -> None:
    make_entry(name="Gateway", deployment="chatops-gateway")
    seen = (revision(2, image="a:2", minutes_old=0.1), revision(1, image="a:1", minutes_old=900))
    record(revision(1, image="a:1", minutes_old=900), since=None)
    assert record(*seen) == 1
    assert record(*seen) == 0
    change = Change.objects.get(detail__revision=2)
    assert (change.title, change.service, change.kind) == ("chatops-gateway: 1 → 2", "Gateway", "rollout")
    assert change.occurred_at == NOON - timedelta(minutes=0.1)
    assert change.detail["images"] == {"app": ["a:1", "a:2"]}


@pytest.mark.django_db
def test_an_old_template_taken_again_happened_now() -> None:
    record(revision(2, image="a:2", minutes_old=60), revision(1, image="a:1", minutes_old=900), since=None)
    assert record(revision(3, image="a:1", minutes_old=900), revision(2, image="a:2", minutes_old=60)) == 1
    change = Change.objects.get(detail__revision=3)
    assert change.occurred_at == NOON
    assert change.title == "chatops-gateway: 2 → 1"
    assert change.detail["back_to"] == 1


@pytest.mark.django_db
def test_a_template_that_was_told_of_before_says_where_it_goes_back_to() -> None:
    first, bad = revision(1, image="a:1", minutes_old=900), revision(3, image="a:3", minutes_old=30)
    good = revision(2, image="a:2", minutes_old=60)
    record(bad, good, first, since=None)
    again = revision(4, image="a:2", minutes_old=60)
    record(again, bad, first)
    assert Change.objects.get(detail__revision=4).detail["back_to"] == 2


@pytest.mark.django_db
def test_what_the_poll_before_may_have_missed_is_told_with_its_own_instant() -> None:
    record(revision(1, image="a:1", minutes_old=900), since=None)
    made = revision(2, image="a:2", minutes_old=0.5)
    assert record(revision(3, image="a:3", minutes_old=0.1), made, since=NOON - timedelta(seconds=15)) == 2
    assert Change.objects.get(detail__revision=2).occurred_at == made.created_at


@pytest.mark.django_db
def test_a_change_cause_is_somebodys_command_line_and_loses_its_secrets() -> None:
    cause = "kubectl set env deployment/x DB_PASSWORD=hunter2 --record=true"
    record(revision(2, image="a:2", change_cause=cause), revision(1, image="a:1", minutes_old=900))
    assert "hunter2" not in Change.objects.get().actor_name


@pytest.mark.django_db
def test_the_first_poll_tells_what_was_made_in_the_last_week() -> None:
    week = 7 * 24 * 60
    found = (
        revision(3, image="a:3", minutes_old=60),
        revision(2, image="a:2", minutes_old=week - 1),
        revision(1, image="a:1", minutes_old=week + 1),
    )
    assert record(*found, since=None) == 2
    assert set(Change.objects.values_list("title", flat=True)) == {"chatops-gateway: 1 → 2", "chatops-gateway: 2 → 3"}


@pytest.mark.django_db
def test_a_deployments_first_revision_is_no_change() -> None:
    assert record(revision(1, image="a:1")) == 0
