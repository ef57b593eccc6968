"""What a step's mitigation does, in words. Pure."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.enums import MitigationVerb, PodChoice


def mitigation_words(verb: MitigationVerb, parameters: Mapping[str, str | int]) -> str:
    """One line in the active language. The parameters are checked ones."""
    match verb:
        case MitigationVerb.SCALE if "by" in parameters:
            return _scale_by(int(parameters["by"]))
        case MitigationVerb.SCALE:
            number = int(parameters["to"])
            return ngettext("Scale to %(n)d replica", "Scale to %(n)d replicas", number) % {"n": number}
        case MitigationVerb.DELETE_POD:
            return _("Delete %(pod)s") % {"pod": PodChoice(str(parameters["choose"])).label}
        case MitigationVerb.ROLL_BACK if parameters["to"] == "previous":
            return _("Roll back to the revision before")
        case MitigationVerb.ROLL_BACK:
            return _("Roll back to revision %(revision)s") % {"revision": parameters["to"]}
        case MitigationVerb.RESTART | MitigationVerb.REBOOT_RDS:
            return str(verb.label)


def _scale_by(number: int) -> str:
    if number > 0:
        return ngettext("Scale up by %(n)d replica", "Scale up by %(n)d replicas", number) % {"n": number}
    return ngettext("Scale down by %(n)d replica", "Scale down by %(n)d replicas", -number) % {"n": -number}
