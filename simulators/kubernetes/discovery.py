"""What a client asks first: version, groups, and the kinds of each."""

from __future__ import annotations

from typing import Any

from simulators.kubernetes.resources import POD_METRICS, RESOURCES, Resource

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.1",
    "gitCommit": "93248f9ae092f571eb870b7664c534bfc7d00f03",
    "gitTreeState": "clean",
    "buildDate": "2026-09-09T19:37:11Z",
    "goVersion": "go1.24.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}


def answer_discovery(path: str, *, has_metrics: bool) -> dict[str, Any] | None:
    """The answer to one of discovery's paths; null where it is none of them."""
    served = [resource for resource in RESOURCES if has_metrics or resource is not POD_METRICS]
    versions = sorted({(resource.group, resource.version) for resource in served if resource.group})
    match [part for part in path.split("/") if part]:
        case ["version"]:
            return VERSION
        case ["api"]:
            address = {"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(*each) for each in versions]}
        case ["apis", group] if found := [each for each in versions if each[0] == group]:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(*found[0])}
        case ["api", version]:
            return _kinds("", version, served)
        case ["apis", group, version]:
            return _kinds(group, version, served)
    return None


def _group(group: str, version: str) -> dict[str, Any]:
    named = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [named], "preferredVersion": named}


def _kinds(group: str, version: str, served: list[Resource]) -> dict[str, Any] | None:
    found = [each for each in served if (each.group, each.version) == (group, version)]
    if not found:
        return None
    kinds: list[dict[str, Any]] = []
    for resource in found:
        kinds.append(
            {
                "name": resource.plural,
                "singularName": resource.kind.lower(),
                "namespaced": resource.is_namespaced,
                "kind": resource.kind,
                "verbs": sorted(resource.verbs),
                **({"shortNames": list(resource.short_names)} if resource.short_names else {}),
            }
        )
        for below in resource.subresources:
            entry = {
                "name": f"{resource.plural}/{below.name}",
                "singularName": "",
                "namespaced": True,
                "kind": below.kind,
            }
            if below.group:
                entry |= {"group": below.group, "version": below.version}
            kinds.append({**entry, "verbs": list(below.verbs)})
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": found[0].api_version, "resources": kinds}
