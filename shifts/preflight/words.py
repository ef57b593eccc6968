"""What was seen, as sentences. Pure; names are untrusted and only inserted."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cluster.enums import Obstacle

#: `%(…)s` are filled from a finding's data; `%(why)s` is the sentence of its `trouble`.
SENTENCES: Mapping[str, Any] = {
    "word": gettext_lazy("They say that it works."),
    "took_too_long": gettext_lazy("It took longer than anybody waits."),
    "broke": gettext_lazy("The check itself broke (%(what)s). Try again."),
    # PagerDuty
    "no_pagerduty": gettext_lazy("No PagerDuty is connected."),
    "no_pagerduty_user": gettext_lazy("PagerDuty knows no such person, so it would tell them nothing."),
    "paging_unread": gettext_lazy("PagerDuty cannot be asked: %(why)s"),
    "method_works": gettext_lazy("%(method)s (%(kind)s) makes a noise and is in use."),
    "method_disabled": gettext_lazy("%(method)s (%(kind)s) is used by a rule and switched off."),
    "method_blacklisted": gettext_lazy(
        "%(method)s (%(kind)s) is used by a rule, and PagerDuty has blocked it: it reaches nobody."
    ),
    "nothing_makes_noise": gettext_lazy("No contact method makes a noise: add a phone, SMS or push."),
    "no_high_rule": gettext_lazy("No rule for high urgency works: add one that calls or pushes at once."),
    "high_is_silent": gettext_lazy("For high urgency there is only e-mail, which wakes nobody."),
    "high_at_once": gettext_lazy("High urgency makes a noise at once."),
    "high_in_time": gettext_lazy("High urgency makes a noise after %(minutes)s min."),
    "first_after_escalation": gettext_lazy(
        "High urgency makes a noise only after %(minutes)s min; “%(policy)s” escalates after %(limit)s min, before that."
    ),
    "first_after_respond": gettext_lazy(
        "High urgency makes a noise only after %(minutes)s min; a P0 must be responded to within %(limit)s min."
    ),
    "no_low_rule": gettext_lazy("No rule for low urgency works: such pages would tell nobody."),
    "low_rule": gettext_lazy("Low urgency has a rule that works."),
    "test_acknowledged": gettext_lazy("The test page was acknowledged after %(seconds)s s."),
    "test_missed": gettext_lazy("The test page was not acknowledged in time. Look at the phone, then send another."),
    # VPN
    "no_endpoints": gettext_lazy("No internal address is configured to be tried (PREFLIGHT_ENDPOINTS)."),
    "endpoint_reached": gettext_lazy("%(endpoint)s is reached."),
    "endpoint_failed": gettext_lazy("%(endpoint)s: %(why)s"),
    # kubectl
    "may_all": gettext_lazy("%(where)s: all %(count)s things that people on call do are allowed."),
    "may_not": gettext_lazy("%(where)s: “%(what)s” is not allowed."),
    "cluster_unread": gettext_lazy("%(where)s: %(why)s"),
    # AWS
    "aws_known": gettext_lazy("AWS knows who is asking (STS)."),
    "aws_unknown": gettext_lazy("AWS does not say who is asking (STS): %(why)s"),
    "aws_described": gettext_lazy("%(count)s database instances are described (RDS)."),
    "aws_unread": gettext_lazy("Database instances are not described (RDS): %(why)s"),
    # The laptop's script
    "laptop_vpn": gettext_lazy("%(subject)s: %(why)s"),
    "laptop_kubectl": gettext_lazy("%(what)s: %(why)s"),
    "laptop_aws": gettext_lazy("%(what)s: %(why)s"),
}
TROUBLES: Mapping[str, Any] = {
    "ok": pgettext_lazy("of something that was tried", "works."),
    "refused": gettext_lazy("the connection is refused."),
    "timeout": gettext_lazy("no answer in time. Is the VPN on?"),
    "unknown_host": gettext_lazy("this name is not known here. Is the VPN on?"),
    "unreachable": gettext_lazy("cannot be reached."),
    "untrusted": gettext_lazy("its certificate is from no authority that is trusted here."),
    "tls": gettext_lazy("speaks no TLS that is understood here."),
    "not_installed": gettext_lazy("the program is not installed."),
    "forbidden": gettext_lazy("is not allowed."),
    "unauthorized": gettext_lazy("the credentials are not accepted. Sign in again."),
    "expired_token": gettext_lazy("the session has expired. Sign in again."),
    "no_credentials": gettext_lazy("no credentials are configured."),
    "no_region": gettext_lazy("no region is configured."),
    "error": gettext_lazy("failed; the terminal that runs the same command says why."),
}
_KINDS: Mapping[str, Any] = {
    "phone": pgettext_lazy("a contact method", "phone"),
    "sms": pgettext_lazy("a contact method", "SMS"),
    "push": pgettext_lazy("a contact method", "push"),
    "email": pgettext_lazy("a contact method", "e-mail"),
}
_SUBJECTS: Mapping[str, Any] = {
    "pods": gettext_lazy("seeing pods"),
    "identity": gettext_lazy("who is asking (STS)"),
    "databases": gettext_lazy("describing databases (RDS)"),
}


def sentence(code: str, data: Mapping[str, Any]) -> str:
    """The sentence of a finding in the active language."""
    if code not in SENTENCES:
        return _("Something was seen that this version has no words for (%(code)s).") % {"code": code}
    places = {key: str(value) for key, value in data.items()}
    places["why"] = _why(places)
    if "kind" in places:
        places["kind"] = str(_KINDS.get(places["kind"], places["kind"]))
    subject = places.get("subject", "")
    places.setdefault("what", str(_SUBJECTS.get(subject, subject.replace("/", " ", 1))))
    return str(SENTENCES[code]) % _Places(places)


def _why(places: Mapping[str, str]) -> str:
    trouble = places.get("trouble", "")
    status = places.get("status") or trouble.removeprefix("http_")
    if trouble.startswith("http_"):
        return _("it answers %(status)s.") % {"status": status}
    return str(TROUBLES[trouble]) if trouble in TROUBLES else str(Obstacle.of(trouble).label)


class _Places(dict[str, str]):
    """The places of a sentence; one that a finding does not fill reads «?»."""

    def __missing__(self, key: str) -> str:
        return "?"
