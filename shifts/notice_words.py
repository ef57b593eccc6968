"""What a person is told about their shifts and incidents, as a sentence. Pure; names and reasons are only inserted."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shifts.delivery_words import why_not_delivered
from shifts.enums import NoticeKind, PreflightItem
from shifts.rest import DEEP_FROM, DEEP_TO
from shifts.spans import both_zones, instant_in_both

#: `%(when)s` is the stretch in the reader's zone and UTC, `%(begins)s` its beginning, `%(was)s` what it was before.
SENTENCES: Mapping[NoticeKind, Any] = {
    NoticeKind.SHIFT_MOVED: _("Your shift on %(schedule)s changed. It is now: %(when)s. It was: %(was)s."),
    NoticeKind.REMINDER: _("Your shift on %(schedule)s begins %(begins)s: %(when)s."),
    NoticeKind.COVER_ASKED: _("%(who)s asks for cover on %(schedule)s, %(when)s. %(reason)s"),
    NoticeKind.COVER_TAKEN: _("%(who)s covers your shift on %(schedule)s, %(when)s."),
    NoticeKind.COVER_EXPIRED: _("Nobody took your shift on %(schedule)s, %(when)s. It is still yours."),
    NoticeKind.COVER_DROPPED: _(
        "%(who)s called off that your shift on %(schedule)s is covered, %(when)s. It is yours again."
    ),
    NoticeKind.OVERRIDE_REFUSED: _("%(who)s was not put on call on %(schedule)s, %(when)s. %(why)s"),
    NoticeKind.UNREADY: _("You are not ready for your shift on %(schedule)s, %(when)s. Missing: %(missing)s."),
    NoticeKind.UNREADY_OTHER: _(
        "%(who)s is not ready for their shift on %(schedule)s, %(when)s. Missing: %(missing)s."
    ),
    NoticeKind.GAP: _("Nobody is on call on %(schedule)s, %(when)s."),
    NoticeKind.HANDOFF_SIGNED: _("%(who)s hands %(schedule)s over to you, %(when)s. It waits for your signature."),
    NoticeKind.HANDOFF_ASKED: _("A question about your handoff of %(schedule)s: %(what)s"),
    NoticeKind.HANDOFF_ANSWERED: _("An answer about the handoff of %(schedule)s: %(what)s"),
    NoticeKind.HANDOFF_ACCEPTED: _("%(who)s has taken %(schedule)s over from you, %(when)s."),
    NoticeKind.HANDOFF_LATE: _("The handoff of %(who)s on %(schedule)s, %(when)s, is not signed by both."),
    NoticeKind.REST_SUGGESTED: _("Your night, %(when)s: %(counted)s. Begin later today."),
    NoticeKind.REST_SUGGESTED_OTHER: _(
        "The night of %(who)s, %(when)s: %(counted)s. Let them begin later, or find cover for them."
    ),
    NoticeKind.UPDATE: _("%(severity)s, %(service)s: %(text)s"),
    NoticeKind.UPDATE_LATE: _("%(severity)s, %(service)s: the next update was due %(begins)s. %(what)s"),
    NoticeKind.FOLLOW_UP: _("%(who)s gave you a follow-up of %(incident)s, due %(day)s: %(what)s"),
    NoticeKind.FOLLOW_UP_LATE: _("Your follow-up of %(incident)s was due %(day)s: %(what)s"),
    NoticeKind.LEAVE_ASKED: _(
        "%(who)s applies for %(hours)s h of compensatory leave from %(day)s. It waits for a manager."
    ),
    NoticeKind.LEAVE_APPROVED: _("%(who)s approved your compensatory leave of %(hours)s h from %(day)s. %(word)s"),
    NoticeKind.LEAVE_DECLINED: _("%(who)s declined your compensatory leave of %(hours)s h from %(day)s. %(word)s"),
    NoticeKind.PAY_PUBLISHED: _(
        "What you get for being on call in %(month)s is published: %(money)s, and %(hours)s h of leave."
    ),
}
#: Where they are on call, or soon will be.
REST_WITH_COVER = _(
    "Your night, %(when)s: %(counted)s. Begin later today, or ask for cover of your shift on %(schedule)s: its page has the form."
)
#: Where one change of a schedule changed several shifts of theirs; `%(when)s` and `%(was)s` are those of the first of them.
SEVERAL_MOVED = _("%(count)s of your shifts on %(schedule)s changed, the next: it is now %(when)s, and was %(was)s.")
CANCEL_REFUSED = _("%(who)s was not taken off call on %(schedule)s, %(when)s. %(why)s")
NONE_ANY_MORE, NONE_BEFORE = _("not yours any more"), _("not yours")


class _Known(dict[str, object]):
    """The places of a sentence; one that the notice does not fill reads «?»."""

    def __missing__(self, key: str) -> str:
        return "?"


def notice_words(kind: str, data: Mapping[str, Any], zone: tzinfo) -> str:
    """The sentence of a notice in the active language, with times in `zone` and in UTC."""
    known = NoticeKind(kind)
    sentence = SENTENCES[known]
    if known is NoticeKind.OVERRIDE_REFUSED and data.get("cancelled"):
        sentence = CANCEL_REFUSED
    if known is NoticeKind.SHIFT_MOVED and "count" in data:
        sentence = SEVERAL_MOVED
    if known is NoticeKind.REST_SUGGESTED and "schedule" in data:
        sentence = REST_WITH_COVER
    places = _Known({key: value for key, value in data.items() if isinstance(value, (str, int))})
    places["when"] = _span(data, "start", "end", zone) or str(NONE_ANY_MORE)
    places["was"] = _span(data, "was_start", "was_end", zone) or str(NONE_BEFORE)
    begins = _instant(data.get("start"))
    if begins is not None:
        places["begins"] = instant_in_both(begins, zone)
    if isinstance(data.get("why"), str):
        places["why"] = why_not_delivered(data["why"])
    if isinstance(data.get("missing"), list):
        places["missing"] = ", ".join(str(PreflightItem(each).label) for each in data["missing"])
    places["counted"] = _counted(data)
    return (str(sentence) % places).strip()


def _counted(data: Mapping[str, Any]) -> str:
    """What made a night bad: «4 interruptions, 95 minutes of work between 00:00 and 05:00, 1 P0 answered»."""
    counts = {name: int(data.get(name, 0)) for name in ("interruptions", "worked_minutes", "p0s")}
    told = [
        ngettext("%(count)d interruption", "%(count)d interruptions", counts["interruptions"])
        % {"count": counts["interruptions"]},
    ]
    if counts["worked_minutes"]:
        told.append(
            ngettext(
                "%(count)d minute of work between %(start)s and %(end)s",
                "%(count)d minutes of work between %(start)s and %(end)s",
                counts["worked_minutes"],
            )
            % {"count": counts["worked_minutes"], "start": f"{DEEP_FROM:%H:%M}", "end": f"{DEEP_TO:%H:%M}"}
        )
    if counts["p0s"]:
        told.append(
            ngettext("%(count)d P0 answered", "%(count)d P0s answered", counts["p0s"]) % {"count": counts["p0s"]}
        )
    return ", ".join(told)


def _span(data: Mapping[str, Any], start: str, end: str, zone: tzinfo) -> str:
    begins, ends = _instant(data.get(start)), _instant(data.get(end))
    return both_zones(begins, ends, zone) if begins and ends else ""


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
