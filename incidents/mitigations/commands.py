"""The line that a mitigation equals, to be copied into a terminal. Pure; every word is quoted for a shell."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.enums import MitigationVerb


@dataclass(frozen=True)
class Where:
    """What a mitigation is about. `context` "" is the kubeconfig's current one, `region` "" the environment's."""

    context: str
    namespace: str
    target: str
    pod: str = ""
    database: str = ""
    region: str = ""


def command_of(verb: str, where: Where, after: Mapping[str, Any]) -> str:
    """The same; "" where the dry run did not get so far as to know it."""
    known = {
        MitigationVerb.SCALE: after.get("replicas") is not None,
        MitigationVerb.ROLL_BACK: after.get("to_revision") is not None,
        MitigationVerb.DELETE_POD: bool(where.pod),
        MitigationVerb.RESTART: True,
        MitigationVerb.REBOOT_RDS: bool(where.database),
    }
    return command(MitigationVerb(verb), where, after) if known[MitigationVerb(verb)] else ""


def command(verb: MitigationVerb, where: Where, after: Mapping[str, Any]) -> str:
    """The kubectl or aws line; `after` is what the dry run found that would be: replicas, revision, failover."""
    return shlex.join(_words(verb, where, after))


def _words(verb: MitigationVerb, where: Where, after: Mapping[str, Any]) -> list[str]:
    deployment = f"deployment/{where.target}"
    match verb:
        case MitigationVerb.SCALE:
            return [*_kubectl(where), "scale", deployment, f"--replicas={after['replicas']}"]
        case MitigationVerb.DELETE_POD:
            return [*_kubectl(where), "delete", "pod", where.pod]
        case MitigationVerb.ROLL_BACK:
            return [*_kubectl(where), "rollout", "undo", deployment, f"--to-revision={after['to_revision']}"]
        case MitigationVerb.RESTART:
            return [*_kubectl(where), "rollout", "restart", deployment]
        case MitigationVerb.REBOOT_RDS:
            region = ["--region", where.region] if where.region else []
            failover = ["--force-failover"] if after.get("failover") else []
            name = ["--db-instance-identifier", where.database]
            return ["aws", *region, "rds", "reboot-db-instance", *name, *failover]


def _kubectl(where: Where) -> list[str]:
    context = ["--context", where.context] if where.context else []
    return ["kubectl", *context, "-n", where.namespace]
