"""What came of a mitigation, in words of the active language, and mitigations as the timeline tells them. Pure."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cluster.enums import Obstacle
from incidents.mitigations.outcomes import AlertState, Outcome
from incidents.mitigations.words import finding_words, plan_words

#: What happened, and what to do about it where that is not plain. `%(…)s` are names of the verdict's data.
OUTCOMES: Mapping[Outcome, Any] = {
    Outcome.HEALTHY: gettext_lazy("pods healthy after %(took)s"),
    Outcome.DATABASE_BACK: gettext_lazy("the database is available again after %(took)s"),
    Outcome.BLOCKED: gettext_lazy("not possible: %(finding)s"),
    Outcome.WITHDRAWN: gettext_lazy("withdrawn; nothing was sent"),
    Outcome.CHANGED: gettext_lazy(
        "it was changed after the dry run, so nothing was sent; look at what it is now and propose it again"
    ),
    Outcome.REFUSED: gettext_lazy("refused: %(obstacle)s %(detail)s"),
    Outcome.NOT_SENT: gettext_lazy("nothing was sent: %(obstacle)s"),
    Outcome.NOT_ARRIVED: gettext_lazy("it did not arrive, and nothing was changed; propose it again"),
    Outcome.NOT_KNOWN: gettext_lazy(
        "its answer was lost, and nothing shows whether it arrived; look at the database before you propose it again"
    ),
    Outcome.EXPIRED: gettext_lazy(
        "it waited for more than five minutes after it was confirmed, so nothing was sent; propose it again"
    ),
    Outcome.ROLLOUT_FAILED: gettext_lazy("the rollout failed: its pods did not become ready within its deadline"),
    Outcome.TOO_LATE: gettext_lazy("sent, but not healthy in time (%(ready)s of %(total)s pods ready)"),
    Outcome.UNSEEN: gettext_lazy("sent, but what came of it could not be seen: %(obstacle)s"),
    Outcome.GONE: gettext_lazy("sent, and now it is not there any more"),
    Outcome.ALERT_CLEARED: gettext_lazy("the alert cleared after %(took)s"),
    Outcome.RESOLVED_BY: gettext_lazy("%(by)s resolved the incident after %(took)s"),
    Outcome.ALERT_RINGS: gettext_lazy("the pods are healthy, but the alert still rings"),
}


def outcome_words(verdict: Mapping[str, Any]) -> str:
    """A verdict's `code` and data as a clause; a code that is not known any more as itself."""
    code = str(verdict.get("code", ""))
    if code not in Outcome:
        return code
    shown = {"ready": "?", "total": "?", "detail": "", "by": "?"} | {key: str(value) for key, value in verdict.items()}
    shown["took"] = lasted(int(verdict.get("seconds", 0)))
    shown["obstacle"] = str(Obstacle.of(str(verdict.get("obstacle", ""))).label)
    finding = verdict.get("finding")
    shown["finding"] = finding_words(finding["code"], finding["data"]) if isinstance(finding, Mapping) else ""
    return (str(OUTCOMES[Outcome(code)]) % shown).strip()


def alert_words(verdict: Mapping[str, Any]) -> str:
    """What is known of the alert after a success; "" where nothing is asked."""
    match verdict.get("alert"):
        case AlertState.CLEARED:
            told = {"took": lasted(int(verdict.get("alert_seconds", 0))), "by": verdict.get("resolved_by")}
            words = (
                _("%(by)s resolved the incident after %(took)s.")
                if told["by"]
                else _("The alert cleared after %(took)s.")
            )
            return words % told
        case AlertState.RINGS:
            return _("But the alert still rings. Look at the evidence captured after it, and try something else.")
        case AlertState.AWAITED:
            return _("Waiting whether the alert clears.")
    return ""


def lasted(seconds: int) -> str:
    """A short time in words."""
    if seconds < 120:
        return ngettext("%d s", "%d s", seconds) % max(seconds, 0)
    return ngettext("%d min", "%d min", seconds // 60) % (seconds // 60)


def told_words(data: Mapping[str, Any]) -> dict[str, str]:
    """What a timeline entry's sentence inserts: `what`, `command` and `verdict`, from its data."""
    what = plan_words(str(data.get("verb", "")), data.get("parameters", {}), str(data.get("target", "?")))
    return {
        "what": what[:1].upper() + what[1:],
        "command": str(data.get("command", "")),
        "verdict": outcome_words(data.get("verdict", {})),
    }
