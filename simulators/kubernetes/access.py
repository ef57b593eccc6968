"""Who may do what: tokens, their users, and rules in RBAC's words that a test can take away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.kubernetes.errors import forbidden
from simulators.kubernetes.request import Target
from simulators.kubernetes.resources import ACCESS_REVIEWS, resource_named

TOKEN = "demo-cluster-token"  # noqa: S105 - the demo world's public token
ADMIN_TOKEN = "demo-cluster-admin-token"  # noqa: S105
PORTAL = "system:serviceaccount:chatops:oncall-portal"
_USERS = {TOKEN: PORTAL, ADMIN_TOKEN: "kubernetes-admin"}


@dataclass(frozen=True)
class Rule:
    """One thing that may be done, or may not. `resource` is the plural with its subresource (`pods/log`); `*` stands for any."""

    verb: str
    resource: str
    group: str = "*"

    def covers(self, verb: str, group: str, resource: str) -> bool:
        """Whether it is about this."""
        return self.verb in ("*", verb) and self.group in ("*", group) and self.resource in ("*", resource)


class Access:
    """What the portal's service account may do: everything, until a test says otherwise. The administrator may do everything."""

    def __init__(self) -> None:
        self.allowed: list[Rule] | None = None
        self.denied: list[Rule] = []

    def user(self, token: str) -> str | None:
        """Whose token it is."""
        return _USERS.get(token)

    def deny(self, verb: str, resource: str) -> None:
        """Takes a verb away. ValueError for a resource that there is not."""
        if resource != "*":
            resource_named(resource.partition("/")[0])
        plural, slash, subresource = resource.partition("/")
        self.denied.append(Rule(verb, f"{plural.partition('.')[0]}{slash}{subresource}"))

    def allow_only(self, rules: Iterable[tuple[str, str, str]]) -> None:
        """Restricts to (verb, group, resource or resource/subresource)."""
        self.allowed = [Rule(verb, resource, group) for verb, group, resource in rules]

    def may(self, user: str, verb: str, group: str, resource: str) -> bool:
        """Whether a user may do it."""
        if user != PORTAL:
            return True
        if any(rule.covers(verb, group, resource) for rule in self.denied):
            return False
        if self.allowed is None or (group, resource) == (ACCESS_REVIEWS.group, ACCESS_REVIEWS.plural):
            return True  # `system:basic-user` lets everybody ask what they may.
        return any(rule.covers(verb, group, resource) for rule in self.allowed)

    def check(self, user: str, verb: str, target: Target) -> None:
        """403 where the user may not."""
        resource = target.resource
        what = f"{resource.plural}/{target.subresource}" if target.subresource else resource.plural
        if not self.may(user, verb, resource.group, what):
            raise forbidden(
                user, verb, resource, subresource=target.subresource, namespace=target.namespace, name=target.name
            )

    def reset(self) -> None:
        """Everything is allowed again."""
        self.allowed = None
        self.denied.clear()
