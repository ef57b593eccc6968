"""What the client needs to be allowed, in RBAC's words: exactly what it calls. `deploy/kubernetes/rbac.yaml` grants the same.

`/version` and asking for one's own permissions need no rule: every authenticated account may (`system:public-info-viewer`,
`system:basic-user`).
"""

from integrations.kubernetes.types import Permission

#: What the portal shows.
READS = (
    Permission("list", "", "pods"),
    Permission("get", "", "pods", "log"),
    Permission("list", "", "events"),
    Permission("get", "apps", "deployments"),
    Permission("list", "apps", "deployments"),
    Permission("list", "apps", "replicasets"),
    Permission("list", "autoscaling", "horizontalpodautoscalers"),
    Permission("list", "policy", "poddisruptionbudgets"),
    Permission("list", "metrics.k8s.io", "pods"),
)
#: What the portal changes, when somebody says so; a dry run needs the same.
WRITES = (
    Permission("patch", "apps", "deployments"),
    Permission("delete", "", "pods"),
)
NEEDED: tuple[Permission, ...] = (*READS, *WRITES)
