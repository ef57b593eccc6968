"""The kubeconfig that leads to a simulated cluster. JSON is YAML, so that nobody needs a YAML library to write it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from simulators.kubernetes.access import TOKEN
from simulators.kubernetes.world import NAMESPACE

CONTEXT = "demo"


def kubeconfig(url: str, *, token: str = TOKEN, authority: Path | None = None) -> str:
    """One cluster, one user, one context. Without `authority` an `https` server is checked against the system's authorities."""
    cluster = {"server": url}
    if authority is not None:
        cluster["certificate-authority-data"] = base64.b64encode(authority.read_bytes()).decode()
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "demo-cluster", "cluster": cluster}],
            "users": [{"name": "oncall-portal", "user": {"token": token}}],
            "contexts": [
                {
                    "name": CONTEXT,
                    "context": {"cluster": "demo-cluster", "user": "oncall-portal", "namespace": NAMESPACE},
                }
            ],
            "current-context": CONTEXT,
        },
        indent=2,
    )
