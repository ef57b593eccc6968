"""The two signatures: who goes ticks four items and signs, who comes asks back, ticks the same four and signs.

What is signed never changes. A correction is another version, with its own two signatures.
"""

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.record_act import record_act
from shifts.enums import HandoffItem, HandoffSide, NoticeKind
from shifts.handoff.report import one_line
from shifts.handoff_refusals import CannotHandOver
from shifts.models import Handoff, HandoffLine, HandoffTick
from shifts.services.tell_person import tell_person
from shifts.services.write_handoff import draft_of


@transaction.atomic
def tick_item(*, actor: User, handoff_id: int, item: HandoffItem, is_ticked: bool) -> None:
    """Ticks an item for the actor's side: the author's before they signed, the incoming person's before they did.

    Raises CannotHandOver, Handoff.DoesNotExist.
    """
    handoff = _locked(handoff_id)
    side = HandoffSide.INCOMING if handoff.is_signed else HandoffSide.OUTGOING
    _raise_unless_side(handoff, actor, side)
    if is_ticked:
        HandoffTick.objects.get_or_create(handoff=handoff, item=item, side=side, defaults={"by": actor})
    else:
        HandoffTick.objects.filter(handoff=handoff, item=item, side=side).delete()


@transaction.atomic
def sign_handoff(*, actor: User, handoff_id: int, incoming_id: int | None) -> Handoff:
    """The author's signature: nothing changes any more, everybody may read it, and who comes is told.

    Raises CannotHandOver (unticked, nobody, own, …), Handoff.DoesNotExist.
    """
    handoff = draft_of(actor, handoff_id)
    _raise_unless_ticked(handoff, HandoffSide.OUTGOING)
    incoming = Person.objects.filter(pk=incoming_id).first() if incoming_id else None
    if incoming is None:
        raise CannotHandOver("nobody")
    if incoming.pk == handoff.author_id:
        raise CannotHandOver("own")
    handoff.incoming = incoming
    handoff.period_start, handoff.period_end = handoff.shift.start_at, handoff.shift.end_at
    handoff.signed_at = database_now()
    handoff.save(update_fields=["incoming", "period_start", "period_end", "signed_at"])
    _tell(handoff, incoming, NoticeKind.HANDOFF_SIGNED, who=handoff.author.name)
    record_act(
        actor=actor, verb="sign_handoff", target=f"handoff:{handoff.pk}", data={"incoming": incoming.pagerduty_id}
    )
    return handoff


@transaction.atomic
def ask_back(*, actor: User, line_id: int, question: str) -> HandoffLine:
    """The incoming person asks what a line means. Raises CannotHandOver, HandoffLine.DoesNotExist."""
    line, handoff = _line_of(line_id)
    _raise_unless_side(handoff, actor, HandoffSide.INCOMING)
    line.question, line.answer = one_line(question), ""
    line.save(update_fields=["question", "answer"])
    if line.question:
        _tell(handoff, handoff.author, NoticeKind.HANDOFF_ASKED, key=f":{line.pk}:{line.question}", what=line.question)
    return line


@transaction.atomic
def answer_back(*, actor: User, line_id: int, answer: str) -> HandoffLine:
    """The author answers. Raises CannotHandOver, HandoffLine.DoesNotExist."""
    line, handoff = _line_of(line_id)
    if handoff.author.pagerduty_id != actor.person_key:
        raise CannotHandOver("not_author")
    if handoff.accepted_at is not None:
        raise CannotHandOver("accepted")
    line.answer = one_line(answer)
    line.save(update_fields=["answer"])
    if handoff.incoming is not None and line.answer:
        _tell(handoff, handoff.incoming, NoticeKind.HANDOFF_ANSWERED, key=f":{line.pk}:{line.answer}", what=line.answer)
    return line


@transaction.atomic
def accept_handoff(*, actor: User, handoff_id: int) -> Handoff:
    """The incoming person's signature; a second one changes nothing. Raises CannotHandOver, Handoff.DoesNotExist."""
    handoff = _locked(handoff_id)
    if handoff.accepted_at is not None and handoff.incoming and handoff.incoming.pagerduty_id == actor.person_key:
        return handoff
    _raise_unless_side(handoff, actor, HandoffSide.INCOMING)
    _raise_unless_ticked(handoff, HandoffSide.INCOMING)
    questions = sum(line.is_open_question for line in handoff.lines.all())
    if questions:
        raise CannotHandOver("open_questions", count=questions)
    handoff.accepted_at = database_now()
    handoff.save(update_fields=["accepted_at"])
    _tell(handoff, handoff.author, NoticeKind.HANDOFF_ACCEPTED, who=handoff.incoming.name if handoff.incoming else "?")
    record_act(actor=actor, verb="accept_handoff", target=f"handoff:{handoff.pk}")
    return handoff


@transaction.atomic
def correct_handoff(*, actor: User, handoff_id: int) -> Handoff:
    """Another version of a signed report, to be edited and signed anew; the draft of one that is begun already.

    Raises CannotHandOver, Handoff.DoesNotExist.
    """
    handoff = _locked(handoff_id)
    if handoff.author.pagerduty_id != actor.person_key:
        raise CannotHandOver("not_yours")
    newest = Handoff.objects.filter(shift=handoff.shift, author=handoff.author).latest("number")
    if not newest.is_signed:
        return newest
    draft = Handoff.objects.create(
        shift=handoff.shift,
        number=newest.number + 1,
        author=newest.author,
        incoming=newest.incoming,
        period_start=newest.period_start,
        period_end=newest.period_end,
        language=newest.language,
    )
    said = ("section", "position", "origin", "key", "drafted", "text", "is_struck")
    kept = (*said, "watch_service", "watch_words", "watch_for")
    HandoffLine.objects.bulk_create(
        HandoffLine(handoff=draft, **{name: getattr(line, name) for name in kept}) for line in newest.lines.all()
    )
    record_act(actor=actor, verb="correct_handoff", target=f"handoff:{draft.pk}", data={"number": draft.number})
    return draft


def _locked(handoff_id: int) -> Handoff:
    locked = Handoff.objects.select_for_update(of=("self",))
    return locked.select_related("author", "incoming", "shift__schedule").get(pk=handoff_id)


def _line_of(line_id: int) -> tuple[HandoffLine, Handoff]:
    handoff = _locked(HandoffLine.objects.values_list("handoff", flat=True).get(pk=line_id))
    return HandoffLine.objects.get(pk=line_id), handoff


def _raise_unless_side(handoff: Handoff, actor: User, side: HandoffSide) -> None:
    if side is HandoffSide.OUTGOING:
        if handoff.author.pagerduty_id != actor.person_key:
            raise CannotHandOver("not_yours")
        return
    if not handoff.is_signed:
        raise CannotHandOver("not_signed")
    if handoff.incoming is None or handoff.incoming.pagerduty_id != actor.person_key:
        raise CannotHandOver("not_incoming", name=handoff.incoming.name if handoff.incoming else "?")
    if handoff.accepted_at is not None:
        raise CannotHandOver("accepted")


def _raise_unless_ticked(handoff: Handoff, side: HandoffSide) -> None:
    ticked = set(handoff.ticks.filter(side=side).values_list("item", flat=True))
    left = [str(item.label) for item in HandoffItem if item not in ticked]
    if left:
        raise CannotHandOver("unticked", left=", ".join(left))


def _tell(handoff: Handoff, person: Person, kind: NoticeKind, *, key: str = "", **data: str) -> None:
    tell_person(
        person=person,
        kind=kind,
        key=f"handoff:{handoff.pk}{key}"[:128],
        shift=handoff.shift,
        schedule=handoff.shift.schedule.name,
        start=handoff.period_start.isoformat(),
        end=handoff.period_end.isoformat(),
        **data,
    )
