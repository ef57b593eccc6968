"""What a mitigation is asked to do: the parameters of each verb, checked, and the way back from it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from cluster.enums import MitigationVerb
from incidents.enums import PodChoice

#: Kubernetes takes more; nobody means more.
MOST_REPLICAS = 1_000
MOST_REVISION = 1_000_000_000
#: The previous revision, as a runbook says it.
PREVIOUS = "previous"

type Parameters = dict[str, Any]

_Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")]


def _no_truth(value: object) -> object:
    """Python takes true for 1; nobody who sends it means that."""
    if isinstance(value, bool):
        raise ValueError("a number")  # noqa: TRY004  # pydantic tells of ValueErrors alone
    return value


_Whole = Annotated[int, BeforeValidator(_no_truth)]


class BadParameters(ValueError):
    """The parameters are none of this verb's; `str()` names the field."""


class Plan(BaseModel):
    """One verb's parameters. Nothing else than its fields is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scale(Plan):
    """By so many replicas more (or less), or to a number of them."""

    by: _Whole | None = Field(None, ge=-MOST_REPLICAS, le=MOST_REPLICAS)
    to: _Whole | None = Field(None, ge=0, le=MOST_REPLICAS)

    @model_validator(mode="after")
    def either(self) -> Self:
        if (self.by is None) == (self.to is None) or self.by == 0:
            raise ValueError("either by or to")
        return self

    def replicas(self, now: int) -> int:
        """How many there are to be; below 0 where more are taken away than there are."""
        return now + self.by if self.by is not None else (self.to or 0)


class DeletePod(Plan):
    """A pod by its name (with its uid: that one and none that took its name), or the one that a choice means."""

    pod: _Name | None = None
    uid: str = Field("", max_length=64, pattern=r"^[0-9A-Za-z-]*$")
    choose: PodChoice | None = None

    @model_validator(mode="after")
    def either(self) -> Self:
        if (self.pod is None) == (self.choose is None) or (self.uid and self.pod is None):
            raise ValueError("either pod or choose")
        return self


class RollBack(Plan):
    """To a revision; None is the one before, as `kubectl rollout undo` takes it."""

    revision: _Whole | None = Field(None, ge=1, le=MOST_REVISION)

    @model_validator(mode="before")
    @classmethod
    def as_written(cls, given: Any) -> Any:
        """Runbooks say `to: previous` or `to: 3`."""
        if not isinstance(given, dict):
            return given
        told = {("revision" if name == "to" else name): value for name, value in given.items()}
        return {name: value for name, value in told.items() if value != PREVIOUS}


class Restart(Plan):
    """Every pod anew, one after the other."""


class RebootDatabase(Plan):
    """A database instance, "" the service's only one; with `failover` to its standby."""

    database: str = Field("", pattern=r"^([A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$")
    failover: bool = False


_PLANS: Mapping[MitigationVerb, type[Plan]] = {
    MitigationVerb.SCALE: Scale,
    MitigationVerb.DELETE_POD: DeletePod,
    MitigationVerb.ROLL_BACK: RollBack,
    MitigationVerb.RESTART: Restart,
    MitigationVerb.REBOOT_RDS: RebootDatabase,
}


def read_plan(verb: MitigationVerb, given: Mapping[str, Any]) -> Plan:
    """The checked parameters of a verb. Numbers may come as text. Raises BadParameters."""
    try:
        return _PLANS[verb].model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise BadParameters(
            ": ".join(part for part in (".".join(map(str, first["loc"])), first["msg"]) if part)
        ) from None


def parameters_of(plan: Plan) -> Parameters:
    """The parameters as a row keeps them: equal for equal plans."""
    return plan.model_dump(mode="json", exclude_defaults=True)


def settled(
    verb: MitigationVerb, parameters: Parameters, after: Mapping[str, Any], *, pod: str, uid: str
) -> Parameters:
    """The parameters that ask for exactly what the dry run found, whatever «two more» or «the hungriest» would mean by now."""
    match verb:
        case MitigationVerb.SCALE:
            return {"to": after["replicas"]}
        case MitigationVerb.ROLL_BACK:
            return {"revision": after["to_revision"]}
        case MitigationVerb.DELETE_POD:
            return {"pod": pod, "uid": uid}
        case _:
            return parameters


@dataclass(frozen=True)
class WayBack:
    """What undoes a mitigation."""

    verb: MitigationVerb
    parameters: Parameters


def way_back(verb: MitigationVerb, before: Mapping[str, Any], after: Mapping[str, Any]) -> WayBack | None:
    """What leads back to `before` where the mitigation made `after` of it; None where nothing does.

    A deleted pod, a restart and a reboot have none: what they replaced is gone, and what replaced it is the same.
    """
    if verb is MitigationVerb.SCALE and "replicas" in before and before["replicas"] != after.get("replicas"):
        return WayBack(MitigationVerb.SCALE, {"to": before["replicas"]})
    if verb is MitigationVerb.ROLL_BACK and before.get("revision"):
        return WayBack(MitigationVerb.ROLL_BACK, {"revision": before["revision"]})
    return None
