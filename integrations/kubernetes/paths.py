"""The API server's addresses. Pure."""

import re
from urllib.parse import quote

from integrations.errors import Refused

CORE, APPS = "/api/v1", "/apis/apps/v1"
AUTOSCALING, POLICY = "/apis/autoscaling/v2", "/apis/policy/v1"
METRICS = "/apis/metrics.k8s.io/v1beta1"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
#: Names of objects (RFC 1123): nothing that would lead elsewhere in an address, such as two dots.
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def path(group: str, namespace: str, *parts: str) -> str:
    """`…/namespaces/<namespace>/<parts>`. Raises Refused (invalid) for what no object can be called."""
    for name in (namespace, *parts):
        if not _NAME.fullmatch(name):
            raise Refused("invalid", f"no object can be called {name[:80]!r}")
    return "/".join((group, "namespaces", *(quote(part, safe="") for part in (namespace, *parts))))
