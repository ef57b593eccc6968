"""The review of an incident: its words saved as they are typed, its follow-ups, its document. Each act calls one service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from accounts.views.saving import page_key, version_seen
from incidents.forms import new_key
from incidents.models import FollowUp, Incident, Review
from incidents.policies import policy_in_force
from incidents.review.parts import ReviewPart
from incidents.review.refusals import CannotReview
from incidents.review_facts import document_for, document_of
from incidents.review_forms import FollowUpForm, people_choices
from incidents.reviews import is_reviewable, review_of, when_due
from incidents.services.write_review import LONGEST_WORDS, StalePart, finish_review, save_part


@dataclass(frozen=True)
class PartRow:
    """One part as the page shows it; `text` is what stands in its field, `stored` what the portal has."""

    part: ReviewPart
    text: str
    stored: str
    version: int
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FollowUpRow:
    """A follow-up with its form; `stale` where somebody else was faster."""

    follow_up: FollowUp
    form: FollowUpForm
    stale: FollowUp | None = None


@dataclass(frozen=True)
class Trouble:
    """What could not be stored, so that the page shows it beside what was typed."""

    refusal: str = ""
    part: ReviewPart | None = None
    text: str = ""
    added: FollowUpForm | None = None
    changed: FollowUpRow | None = None
    state: Mapping[str, Any] = field(default_factory=dict)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The whole page; before the incident is resolved a sentence that says so."""
    return page_of(request, number)


@requires(Role.VIEWER)
@require_safe
def document(request: HttpRequest, number: int) -> HttpResponse:
    """The document alone, for an open page after something was saved."""
    incident, review = find_incident(number), review_of(number)
    if not is_reviewable(incident, review):
        raise Http404
    about = {"document": document_for(incident, review)}
    return render(request, "incidents/_review_document.html", about)


@requires(Role.RESPONDER)
@require_POST
def save(request: HttpRequest, number: int, part: str) -> HttpResponse:
    """Saves a part as it is typed: for htmx only how it went, 409 with both versions where somebody else was faster."""
    if part not in ReviewPart.values:
        raise Http404
    chosen, sent = ReviewPart(part), request.POST.get("text", "")
    try:
        review = save_part(
            actor=signed_in(request),
            number=number,
            part=chosen,
            expected_version=version_seen(request),
            text=sent,
            page=page_key(request),
        )
    except StalePart as stale:
        return _state(request, number, chosen, stale.theirs, sent=sent, status=409)
    except CannotReview as refusal:
        return _state(request, number, chosen, review_of(number), sent=sent, refusal=refusal.text, status=422)
    except Incident.DoesNotExist as error:
        raise Http404 from error
    return _state(request, number, chosen, review)


@requires(Role.RESPONDER)
@require_POST
def finish(request: HttpRequest, number: int) -> HttpResponse:
    """Says that it is done; 422 with what is missing."""
    return act_on(
        request,
        number,
        lambda: finish_review(actor=signed_in(request), number=number),
        done=_("The review is finished. Words may still be corrected."),
        anchor="finish",
    )


def find_incident(number: int) -> Incident:
    return get_object_or_404(Incident.objects.select_related("service", "merged_into"), pk=number)


def act_on(
    request: HttpRequest,
    number: int,
    perform: Callable[[], object],
    *,
    done: str = "",
    anchor: str = "",
    added: FollowUpForm | None = None,
    changed: FollowUpRow | None = None,
) -> HttpResponse:
    """Performs an act and goes back to where it was done; what is refused stays on the page with the reason."""
    try:
        perform()
    except CannotReview as refusal:
        trouble = Trouble(refusal=refusal.text, added=added, changed=changed)
        return page_of(request, number, trouble, status=422)
    except Incident.DoesNotExist as error:
        raise Http404 from error
    if done:
        messages.success(request, done)
    return redirect(reverse("incidents:review", args=[number]) + (f"#{anchor}" if anchor else ""))


def _state(
    request: HttpRequest,
    number: int,
    part: ReviewPart,
    review: Review | None,
    *,
    sent: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """How saving a part went, beside it; without htmx the whole page."""
    state = {
        "refusal": refusal,
        "is_stale": status == 409,
        "saved_at": database_now(),
    }
    row = _part_row(part, review, sent, state)
    if is_htmx(request):
        answer = render(request, "incidents/review.html#state", {"row": row}, status=status)
        if status == 200:
            answer["HX-Trigger"] = "review-saved"
        return answer
    if status == 200:
        return redirect(f"{reverse('incidents:review', args=[number])}#part-{part.value}")
    return page_of(request, number, Trouble(refusal=refusal, part=part, text=sent, state=state), status=status)


def _part_row(part: ReviewPart, review: Review | None, text: str, state: Mapping[str, Any]) -> PartRow:
    stored = review.words_of(part) if review else ""
    return PartRow(part, text, stored, review.version_of(part) if review else 1, state)


def page_of(request: HttpRequest, number: int, trouble: Trouble | None = None, *, status: int = 200) -> HttpResponse:
    incident, review = find_incident(number), review_of(number)
    if not is_reviewable(incident, review):
        typed = request.POST.get("text", "")
        context = {"incident": incident, "refusal": trouble.refusal if trouble else "", "typed": typed}
        return render(request, "incidents/review_none.html", context, status=status)
    context = _context(request, incident, review, trouble or Trouble())
    return render(request, "incidents/review.html", context, status=status)


def _context(request: HttpRequest, incident: Incident, review: Review | None, trouble: Trouble) -> dict[str, Any]:
    now = database_now()
    calendar = policy_in_force(now).policy.calendar
    zone: ZoneInfo = calendar.zone
    can_edit = signed_in(request).has_role(Role.RESPONDER)
    due = when_due(incident, calendar) if not (review and review.is_finished) else None
    return {
        "incident": incident,
        "review": review,
        "document": document_of(incident, review, zone=zone, now=now),
        "due_at": due,
        "is_overdue": due is not None and due <= now,
        "can_edit": can_edit,
        "refusal": trouble.refusal,
        "key": new_key(),
        "longest": LONGEST_WORDS,
        **(_editing(review, trouble) if can_edit else {}),
    }


def _editing(review: Review | None, trouble: Trouble) -> dict[str, Any]:
    """What only those see who write."""
    people = people_choices()
    rows = []
    for each in review.follow_ups.select_related("owner") if review else ():
        if trouble.changed and trouble.changed.follow_up.pk == each.pk:
            rows.append(trouble.changed)
            continue
        initial = {"text": each.text, "owner": each.owner_id, "due_on": each.due_on}
        form = FollowUpForm(initial=initial, people=people, auto_id=f"follow-up-{each.pk}-%s")
        rows.append(FollowUpRow(each, form))
    return {
        "parts": [
            _part_row(part, review, trouble.text, trouble.state)
            if part is trouble.part
            else _part_row(part, review, review.words_of(part) if review else "", {})
            for part in ReviewPart
        ],
        "follow_ups": rows,
        "add_form": trouble.added or FollowUpForm(people=people, auto_id="add-%s"),
    }
