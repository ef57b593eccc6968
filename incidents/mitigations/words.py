"""Mitigations in words of the active language: what is to be done, what speaks against it, what came of it. Pure.

Rows and timeline entries keep codes and numbers; untrusted names are only inserted.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cluster.enums import MitigationVerb, Obstacle
from incidents.enums import PodChoice
from incidents.mitigations.guards import Guard

#: What was found, and what to do about it. `%(…)s` are names of the finding's data.
GUARDS: Mapping[Guard, Any] = {
    Guard.NO_ROLE: gettext_lazy("It takes the role Responder. Ask somebody who has it."),
    Guard.OVER: gettext_lazy("The incident is over. Act on the one that is open, or in the cluster itself."),
    Guard.NOT_ALLOWED: gettext_lazy(
        "The catalogue does not allow “%(verb)s” for this service. Its owner can, on the service's page."
    ),
    Guard.REBOOT_OFF: gettext_lazy(
        "Rebooting databases is switched off in this portal (RDS_REBOOT_ALLOWED). Use the AWS console."
    ),
    Guard.FORBIDDEN: gettext_lazy(
        "The portal's account in the cluster may not “%(permission)s”. Copy the command and run it yourself."
    ),
    Guard.OTHER_ACTIVE: gettext_lazy(
        "%(who)s is doing “%(verb)s” on it now, in incident #%(incident)s. Wait for what comes of that."
    ),
    Guard.NO_TARGET: gettext_lazy(
        "The namespace has no deployment of this name. Correct the service's catalogue entry."
    ),
    Guard.TOO_FEW: gettext_lazy(
        "%(wanted)s replicas are fewer than this service may have (%(min)s to %(max)s). Choose more."
    ),
    Guard.TOO_MANY: gettext_lazy(
        "%(wanted)s replicas are more than this service may have (%(min)s to %(max)s). Choose fewer, or ask its owner."
    ),
    Guard.TO_ZERO: gettext_lazy("In production nothing is scaled to 0: nobody would be served any more."),
    Guard.SAME_REPLICAS: gettext_lazy("Nothing would change: it has %(replicas)s replicas already."),
    Guard.AUTOSCALED: gettext_lazy(
        "The autoscaler %(name)s keeps it between %(min)s and %(max)s replicas, and may change the number again."
    ),
    Guard.AUTOSCALER_UNDOES: gettext_lazy(
        "The autoscaler %(name)s would undo it at once: it keeps %(min)s to %(max)s replicas. Choose a number between them, "
        "or change the autoscaler."
    ),
    Guard.ROLLING_OUT: gettext_lazy(
        "A rollout is under way (%(ready)s of %(total)s pods ready). Wait until it is done, or fails."
    ),
    Guard.ROLLOUT_FAILS: gettext_lazy("A rollout is under way and fails. Roll back instead."),
    Guard.ENDS_ROLLOUT: gettext_lazy("A rollout is under way and fails; this ends it."),
    Guard.STOPS_ROLLOUT: gettext_lazy(
        "A rollout is under way (%(ready)s of %(total)s pods ready); this ends it before it is done."
    ),
    Guard.PAUSED: gettext_lazy(
        "Its rollout is paused: nothing begins until somebody resumes it (kubectl rollout resume)."
    ),
    Guard.NO_POD: gettext_lazy("There is no such pod: no pod of this service fits the choice."),
    Guard.POD_GONE: gettext_lazy("The pod %(pod)s is gone already. Look which pods there are now."),
    Guard.POD_TERMINATING: gettext_lazy("The pod %(pod)s is being deleted already. Wait a moment."),
    Guard.POD_OF_ANOTHER: gettext_lazy("The pod %(pod)s belongs to %(owner)s, not to this service's deployment."),
    Guard.ORPHAN: gettext_lazy("No controller owns the pod %(pod)s: it would not come back."),
    Guard.LAST_READY: gettext_lazy(
        "%(pod)s is the only pod that is ready: until another one is, nobody is served. Scale up first."
    ),
    Guard.BUDGET: gettext_lazy(
        "The disruption budget %(name)s allows no pod less now. Wait until the others are ready, or scale up first."
    ),
    Guard.BUDGET_UNKNOWN: gettext_lazy(
        "The disruption budget %(name)s may cover this pod; its selector is not one that the portal can judge."
    ),
    Guard.NO_METRICS: gettext_lazy("The cluster does not tell what pods use. Choose a pod by its name."),
    Guard.NO_REVISION_BEFORE: gettext_lazy("There is no revision before the current one to go back to."),
    Guard.NO_REVISION: gettext_lazy("Revision %(revision)s is not kept any more. Choose another one."),
    Guard.SAME_TEMPLATE: gettext_lazy("Nothing would change: what runs is revision %(revision)s already."),
    Guard.NO_DATABASE: gettext_lazy(
        "AWS knows no database instance %(database)s. Correct the service's catalogue entry."
    ),
    Guard.WHICH_DATABASE: gettext_lazy("The service has several databases, or none. Name the one to reboot."),
    Guard.FOREIGN_DATABASE: gettext_lazy("The catalogue does not name the database %(database)s for this service."),
    Guard.DATABASE_BUSY: gettext_lazy("The database %(database)s is “%(status)s” now. Wait until it is available."),
    Guard.NO_STANDBY: gettext_lazy("The database %(database)s has no standby to fail over to. Reboot it without."),
    Guard.CONNECTIONS_BREAK: gettext_lazy(
        "Every connection to %(database)s breaks, and for about a minute there is no new one."
    ),
    Guard.UNCHECKED: gettext_lazy(
        "Whether an autoscaler or a disruption budget stands against it is not known: %(obstacle)s"
    ),
    Guard.UNREADABLE: gettext_lazy("%(obstacle)s Nothing was tried. Check again, or copy the command."),
    Guard.REFUSED: gettext_lazy("The dry run was refused: %(detail)s"),
    Guard.WARNED: gettext_lazy("The API server warns: %(detail)s"),
}


def finding_words(code: str, data: Mapping[str, Any]) -> str:
    """A finding as a sentence; a code that is not known any more as itself."""
    if code not in Guard:
        return code
    shown = {key: _shown(key, value) for key, value in data.items()}
    if "obstacle" in data:
        shown["obstacle"] = str(Obstacle.of(str(data["obstacle"])).label)
    return str(GUARDS[Guard(code)]) % shown


def _shown(key: str, value: Any) -> str:
    return verb_label(value) if key == "verb" else str(value)


def verb_label(verb: str) -> str:
    """A verb in the active language."""
    return str(MitigationVerb(verb).label) if verb in MitigationVerb.values else verb


def plan_words(verb: str, parameters: Mapping[str, Any], target: str) -> str:
    """What is to be done, as a proposal says it: before anything was read."""
    names = {"target": target}
    match verb:
        case MitigationVerb.SCALE:
            return _scale_words(parameters, target)
        case MitigationVerb.DELETE_POD if "pod" in parameters:
            return _("delete the pod %(pod)s") % {"pod": parameters["pod"]}
        case MitigationVerb.DELETE_POD:
            choice = PodChoice(parameters["choose"]).label
            return _("in %(target)s, delete %(choice)s") % (names | {"choice": choice})
        case MitigationVerb.ROLL_BACK if "revision" in parameters:
            return _("roll %(target)s back to revision %(revision)s") % (names | {"revision": parameters["revision"]})
        case MitigationVerb.ROLL_BACK:
            return _("roll %(target)s back to the revision before") % names
        case MitigationVerb.RESTART:
            return _("restart the rollout of %(target)s") % names
        case MitigationVerb.REBOOT_RDS if parameters.get("failover"):
            return _("reboot the database %(target)s with a failover") % names
        case MitigationVerb.REBOOT_RDS:
            return _("reboot the database %(target)s") % names
    return verb


def _scale_words(parameters: Mapping[str, Any], target: str) -> str:
    if "to" in parameters:
        number = int(parameters["to"])
        words = ngettext("scale %(target)s to %(n)d replica", "scale %(target)s to %(n)d replicas", number)
    elif (number := int(parameters.get("by", 0))) > 0:
        words = ngettext("scale %(target)s up by %(n)d replica", "scale %(target)s up by %(n)d replicas", number)
    else:
        number = -number
        words = ngettext("scale %(target)s down by %(n)d replica", "scale %(target)s down by %(n)d replicas", number)
    return words % {"target": target, "n": number}
