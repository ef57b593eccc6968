"""What is different between two revisions of a deployment. Pure."""

from typing import TypedDict

from integrations.kubernetes.types import Revision


class RolloutDiff(TypedDict, total=False):
    """By container: image and resources as [before, after], names of environment variables added and removed.

    `back_to` is the earlier revision whose template this one is again.
    """

    images: dict[str, list[str]]
    resources: dict[str, list[str]]
    env_added: dict[str, list[str]]
    env_removed: dict[str, list[str]]
    back_to: int


def difference(before: Revision | None, after: Revision) -> RolloutDiff:
    """What `after` changed. Everything is new where there is no revision before it."""
    found: RolloutDiff = {}
    images, resources, env = (before.images, before.resources, before.env) if before else ({}, {}, {})
    if changed := _changed(images, after.images):
        found["images"] = changed
    if changed := _changed(resources, after.resources):
        found["resources"] = changed
    added = {name: sorted(set(after.env.get(name, ())) - set(env.get(name, ()))) for name in after.env}
    removed = {name: sorted(set(env[name]) - set(after.env.get(name, ()))) for name in env}
    if added := {name: names for name, names in added.items() if names}:
        found["env_added"] = added
    if removed := {name: names for name, names in removed.items() if names}:
        found["env_removed"] = removed
    return found


def _changed(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    names = sorted({*before, *after})
    return {name: [before.get(name, ""), after.get(name, "")] for name in names if before.get(name) != after.get(name)}


def rollout_title(deployment: str, revision: int, found: RolloutDiff) -> str:
    """One line in no language: the tags of the first image that changed, else the revision's number."""
    for before, after in found.get("images", {}).values():
        return f"{deployment}: {tag_of(before) or '–'} → {tag_of(after) or '–'}"
    return f"{deployment}: #{revision}"


def tag_of(image: str) -> str:
    """`v1.2.4` of `registry:5000/chatops/gateway:v1.2.4`; the digest's beginning where that is all there is."""
    name, _at, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag or digest[:19]
