"""What a mitigation would change, line by line, as its reader compares it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cluster.enums import MitigationVerb

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One line. `after` is "" where nothing is compared."""

    label: str
    before: str
    after: str = ""


def rows_of(
    verb: MitigationVerb, before: Mapping[str, Any], after: Mapping[str, Any], *, is_decided: bool
) -> list[Row]:
    """The lines of one verb; none before it was looked at. What is true only «now» is left out once it `is_decided`."""
    if not before:
        return []
    match verb:
        case MitigationVerb.SCALE:
            ready = _("%(ready)s ready") % {"ready": before["ready"]}
            replicas = Row(_("Replicas"), str(before["replicas"]), str(after.get("replicas", "?")))
            return [replicas] if is_decided else [replicas, Row(_("Now"), ready)]
        case MitigationVerb.ROLL_BACK:
            return _roll_back(before, after)
        case MitigationVerb.RESTART:
            count = int(before["replicas"])
            words = ngettext("%d pod, replaced by a new one", "%d pods, replaced one after the other", count) % count
            now = Row(_("Now"), _("%(ready)s ready") % {"ready": before["ready"]})
            return [Row(_("Pods"), words)] if is_decided else [Row(_("Pods"), words), now]
        case MitigationVerb.DELETE_POD:
            return _delete_pod(before)
        case MitigationVerb.REBOOT_RDS:
            status = Row(_("Status"), str(before["status"]), "rebooting")
            return [status, Row(_("Instance"), f"{before['class']}, {before['engine']}")]


def _roll_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    rows = [Row(_("Revision"), str(before["revision"]), str(after.get("to_revision") or "?"))]
    now, then = before.get("images", {}), after.get("images", {})
    changed = [name for name in sorted({*now, *then}) if now.get(name) != then.get(name)]
    label = _("Image of %(container)s")
    return rows + [Row(label % {"container": name}, now.get(name, "–"), then.get(name, "–")) for name in changed]


def _delete_pod(before: Mapping[str, Any]) -> list[Row]:
    if "pod" not in before:
        return []
    restarts = int(before.get("restarts") or 0)
    status = ngettext("%(status)s, %(n)d restart", "%(status)s, %(n)d restarts", restarts)
    rows = [
        Row(_("Pod"), str(before["pod"]), _("a new one")),
        Row(_("Status"), status % {"status": before.get("pod_status", ""), "n": restarts}),
    ]
    memory, cpu = before.get("memory_bytes"), before.get("cpu_millicores")
    if memory is not None and cpu is not None:
        rows.append(Row(_("Uses"), f"{round(memory / MEBIBYTE):,} MiB · {cpu:,} m CPU"))
    return rows
