"""What AWS does with RDS instances and moto does not: a reboot takes its time, maintenance is planned, changes wait.

moto keeps an instance as an object whose attributes it answers; what it lacks is set on that object.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.rds.models import rds_backends
from werkzeug.wrappers import Response

from simulators.aws import wire
from simulators.aws.wire import Call

REGION = "ap-northeast-1"
USUAL_REBOOT_S = 20.0


@dataclass(frozen=True)
class Maintenance:
    """Something that AWS means to do to an instance."""

    instance_id: str
    action: str
    description: str
    applies_at: datetime | None = None
    opt_in: str = ""


class Databases:
    """The instances of the account. They are changed from many threads."""

    def __init__(self) -> None:
        self.reboot_takes = USUAL_REBOOT_S
        self.maintenance: list[Maintenance] = []
        self._available_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def set_status(self, instance_id: str, status: str) -> None:
        """Gives an instance a status of RDS's, such as storage-full, until another is set."""
        with self._lock:
            self._available_at.pop(instance_id, None)
            self._instance(instance_id).status = status

    def set_pending(self, instance_id: str, changes: Mapping[str, Any]) -> None:
        """Changes that wait for the maintenance window, by RDS's names, such as DBInstanceClass."""
        self._instance(instance_id).pending_modified_values = dict(changes)

    def names(self) -> set[str]:
        """The instances there are."""
        return set(_instances())

    def add_copy(self, of: str, instance_id: str) -> None:
        """One more instance like another; moto needs a tenth of a second to make one anew."""
        another = copy.copy(self._instance(of))
        another.db_instance_identifier = instance_id
        _instances()[instance_id] = another

    def keep_only(self, instance_ids: set[str]) -> None:
        """Takes the others away."""
        for instance_id in set(_instances()) - instance_ids:
            del _instances()[instance_id]

    def answer(self, call: Call) -> Response | None:
        """The answer to what moto would not answer as AWS does; none: moto may."""
        with self._lock:
            self._end_reboots()
            if call.action == "RebootDBInstance":
                return self._begin_reboot(call)
            if call.action == "DescribePendingMaintenanceActions":
                return self._describe_maintenance(call)
            return None

    def reset(self) -> None:
        """Every instance available, nothing planned."""
        with self._lock:
            self._available_at.clear()
            self.reboot_takes = USUAL_REBOOT_S
            self.maintenance.clear()
            for instance in _instances().values():
                instance.status, instance.pending_modified_values = "available", {}

    def _begin_reboot(self, call: Call) -> Response | None:
        """Source: «RebootDBInstance» of the RDS API reference."""
        instance_id = call.parameters.get("DBInstanceIdentifier", "")
        instance = _instances().get(instance_id)
        if instance is None:
            return None
        if instance.status != "available":
            return wire.error(call, 400, "InvalidDBInstanceState", f"Instance {instance_id} is not in available state.")
        if call.parameters.get("ForceFailover") == "true" and not instance.multi_az:
            said = "Database instance is not a Multi-AZ instance. ForceFailover can only be specified for Multi-AZ instances."
            return wire.error(call, 400, "InvalidParameterCombination", said)
        instance.status = "rebooting"
        self._available_at[instance_id] = time.monotonic() + self.reboot_takes
        return None

    def _end_reboots(self) -> None:
        now = time.monotonic()
        for instance_id, at in list(self._available_at.items()):
            if at <= now:
                del self._available_at[instance_id]
                self._instance(instance_id).status = "available"

    def _describe_maintenance(self, call: Call) -> Response:
        wanted = {value for name, value in call.parameters.items() if ".Values." in name}
        resources = "".join(_resource(each) for each in self.maintenance if not wanted or each.instance_id in wanted)
        return wire.result(call, f"<PendingMaintenanceActions>{resources}</PendingMaintenanceActions>")

    def _instance(self, instance_id: str) -> Any:
        """moto's object. Raises KeyError."""
        return _instances()[instance_id]


def _instances() -> Any:
    return rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases


def _resource(planned: Maintenance) -> str:
    applies_at = f"<CurrentApplyDate>{planned.applies_at.isoformat()}</CurrentApplyDate>" if planned.applies_at else ""
    opt_in = f"<OptInStatus>{escape(planned.opt_in)}</OptInStatus>" if planned.opt_in else ""
    return (
        "<ResourcePendingMaintenanceActions>"
        f"<ResourceIdentifier>arn:aws:rds:{REGION}:{DEFAULT_ACCOUNT_ID}:db:{escape(planned.instance_id)}</ResourceIdentifier>"
        "<PendingMaintenanceActionDetails><PendingMaintenanceAction>"
        f"<Action>{escape(planned.action)}</Action><Description>{escape(planned.description)}</Description>{applies_at}{opt_in}"
        "</PendingMaintenanceAction></PendingMaintenanceActionDetails></ResourcePendingMaintenanceActions>"
    )
