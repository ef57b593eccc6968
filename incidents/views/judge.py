"""Judging how severe an incident is."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.roles import Role, is_htmx, requires
from accounts.views import signed_in
from incidents.act_refusals import CannotAct
from incidents.enums import EntryKind
from incidents.forms import JudgeForm
from incidents.judging import keeps_its_priority
from incidents.models import Incident
from incidents.services.judge_severity import judge_severity
from incidents.shell import Shell
from incidents.timeline import timeline_of
from incidents.views.acts import act_of, say
from incidents.views.room import find, judging_context, show_room


@requires(Role.RESPONDER)
@require_POST
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Judges, or confirms, the severity. 422 where a reason is missing, 409 where somebody was faster: with what stands now.

    What was typed stays in the form either way.
    """
    form, status = JudgeForm(request.POST), 422
    if form.is_valid():
        try:
            judged = judge_severity(act=act_of(request, number), **form.cleaned_data)
        except Incident.DoesNotExist as error:
            raise Http404 from error
        except CannotAct as refusal:
            status = 422 if refusal.reason == "no_reason" else 409
            form.add_error("reason" if status == 422 else None, refusal.text)
        else:
            words = _("Judged. The clocks are re-timed from their start.") if judged else _("That stands already.")
            if judged and keeps_its_priority(judged, signed_in(request)):
                words += " " + _("Its priority in PagerDuty stays as it was: your account has no address there.")
            return _answer(request, number, "success" if judged else "info", words)
    return _refuse(request, number, form, status)


def _refuse(request: HttpRequest, number: int, form: JudgeForm, status: int) -> HttpResponse:
    """The reasons, and the form as it was typed, over what stands now."""
    incident = find(number)
    sent = request.POST.copy()
    sent["seen"] = incident.severity
    again = JudgeForm(sent)
    again.full_clean()
    reasons = [str(error) for errors in form.errors.values() for error in errors]
    if status == 409:
        again.add_error(None, " ".join([*reasons, *_last_judgement(incident)]))
    elif not again.errors:
        again.add_error("reason", " ".join(reasons))
    if not is_htmx(request):
        return show_room(request, number, judge_form=again, status=status)
    text = " ".join(str(error) for errors in again.errors.values() for error in errors)
    return _answer(request, number, "warning", text, form=again, status=status)


def _last_judgement(incident: Incident) -> list[str]:
    """What somebody else judged meanwhile, in words: who, what and why."""
    entries = [entry.text for entry in timeline_of(incident).entries if entry.kind == EntryKind.SEVERITY_JUDGED]
    return entries[-1:]


def _answer(
    request: HttpRequest, number: int, level: str, text: str, *, form: JudgeForm | None = None, status: int = 200
) -> HttpResponse:
    """A notice; for htmx with the choices as they are now, beside which the reason stays as typed."""
    if not is_htmx(request):
        return say(request, number, level, text, status=status)
    user = signed_in(request)
    incident = find(number)
    context = {"incident": incident, "level": level, "text": text}
    judging = judging_context(incident, user, Shell(user), form)
    return render(request, "incidents/room.html#judged", context | judging, status=status)
