"""The server's looks at a preflight: everything at once, each kept as soon as all of its item is in.

Threads only ask; what they answer is stored by the caller. What hangs costs its own item and nothing else.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from django.db import transaction

from accounts.live_channel import give_turn_back, take_turn
from integrations.aws import Aws
from integrations.errors import IntegrationError
from integrations.kubernetes.client import Cluster
from integrations.probes import Endpoint, probe
from shifts.enums import CheckSide, CheckVerdict, PreflightItem
from shifts.models import Preflight
from shifts.preflight.paging import Paging
from shifts.preflight.rules import Finding
from shifts.services.look_at_paging import look_at_paging, store_paging
from shifts.services.preparing import record_look

logger = logging.getLogger(__name__)

#: Nobody waits longer for all of it together.
DEADLINE_S = 8.0
#: An endpoint's two waits, and each of the cluster's: some of them fit into the deadline.
PROBE_WAITS_S = 3.5
MOST_NAMESPACES = 5

type Ask = Callable[[], list[Finding] | Paging]


@dataclass(frozen=True)
class Sources:
    """Where to look. `paging` reads how PagerDuty reaches a person, None where none is connected; `cluster_of` gives the client
    of a context.
    """

    endpoints: Sequence[Endpoint]
    cluster_of: Callable[[str], Cluster]
    namespaces: Sequence[tuple[str, str]]
    aws: Aws
    paging: Callable[[str], Paging] | None


def run_preflight(*, preflight_id: int, sources: Sources) -> bool:
    """Looks at everything that the server can see. False where another look is under way, or nobody has this shift any more.

    Raises Preflight.DoesNotExist.
    """
    preflight = Preflight.objects.select_related("shift__schedule", "person").get(pk=preflight_id)
    if preflight.shift.withdrawn_at is not None or preflight.shift.person_id != preflight.person_id:
        return False
    turn = f"preflight:{preflight_id}"
    if not take_turn(turn, seconds=2 * DEADLINE_S):
        return False
    try:
        for item, answers in _outcomes(_questions(preflight, sources), seconds=DEADLINE_S):
            _store(preflight, item, answers)
    finally:
        give_turn_back(turn)
    return True


@transaction.atomic
def _store(preflight: Preflight, item: PreflightItem, answers: list[list[Finding] | Paging]) -> None:
    for answer in answers:
        if isinstance(answer, Paging):
            store_paging(person=preflight.person, paging=answer)
            look_at_paging(preflight=preflight)
            return
    if item is PreflightItem.PAGERDUTY and look_at_paging(preflight=preflight) is not None:
        # PagerDuty is not to be asked now, or took too long: what it said a while ago still holds for a while.
        return
    findings = [finding for answer in answers if isinstance(answer, list) for finding in answer]
    record_look(preflight_id=preflight.pk, item=item, side=CheckSide.SERVER, findings=findings)


def _questions(preflight: Preflight, sources: Sources) -> list[tuple[PreflightItem, Ask]]:
    nothing: list[tuple[PreflightItem, Ask]] = []
    if not sources.endpoints:
        nothing.append((PreflightItem.VPN, lambda: [Finding(CheckVerdict.UNKNOWN, "no_endpoints")]))
    return [
        (PreflightItem.PAGERDUTY, _paging(sources.paging, preflight.person.pagerduty_id)),
        *((PreflightItem.VPN, _probing(endpoint)) for endpoint in sources.endpoints),
        *(
            (PreflightItem.KUBECTL, _reviewing(sources.cluster_of, context, namespace))
            for context, namespace in sources.namespaces[:MOST_NAMESPACES]
        ),
        (PreflightItem.AWS, lambda: _aws(sources.aws)),
        *nothing,
    ]


def _outcomes(
    questions: Sequence[tuple[PreflightItem, Ask]], *, seconds: float
) -> Iterator[tuple[PreflightItem, list[list[Finding] | Paging]]]:
    """Each item with all that was seen of it, once all of it is in; at the deadline with what is."""
    ends_at = time.monotonic() + seconds
    pool = ThreadPoolExecutor(max_workers=len(questions), thread_name_prefix="preflight")
    found: dict[PreflightItem, dict[int, list[Finding] | Paging]] = defaultdict(dict)
    try:
        waiting = {pool.submit(ask): number for number, (_item, ask) in enumerate(questions)}
        try:
            for future in as_completed(list(waiting), timeout=max(ends_at - time.monotonic(), 0)):
                number = waiting.pop(future)
                item = questions[number][0]
                found[item][number] = _answer(future)
                if not any(questions[other][0] is item for other in waiting.values()):
                    yield item, _in_order(found.pop(item))
        except TimeoutError:
            for number in waiting.values():
                found[questions[number][0]][number] = [Finding(CheckVerdict.UNKNOWN, "took_too_long")]
            for item, answers in found.items():
                yield item, _in_order(answers)
    finally:
        # A thread that hangs is ended by its call's own deadline.
        pool.shutdown(wait=False, cancel_futures=True)


def _in_order[Answer](answers: dict[int, Answer]) -> list[Answer]:
    """As they were asked for, so that a page that looks again shows the same things in the same places."""
    return [answer for _number, answer in sorted(answers.items())]


def _answer(future: Future[list[Finding] | Paging]) -> list[Finding] | Paging:
    try:
        return future.result()
    except Exception as error:
        # What breaks in a way nobody thought of must not take the others with it.
        logger.exception("a check broke")
        return [Finding(CheckVerdict.UNKNOWN, "broke", {"what": type(error).__name__})]


def _paging(read: Callable[[str], Paging] | None, person_id: str) -> Ask:
    def ask() -> list[Finding] | Paging:
        if read is None:
            return [Finding(CheckVerdict.UNKNOWN, "no_pagerduty")]
        if person_id.startswith("portal-"):
            return [Finding(CheckVerdict.UNKNOWN, "no_pagerduty_user")]
        try:
            return read(person_id)
        except IntegrationError as error:
            # That PagerDuty cannot be asked says nothing of how it would reach somebody.
            return [Finding(CheckVerdict.UNKNOWN, "paging_unread", {"trouble": error.code})]

    return ask


def _probing(endpoint: Endpoint) -> Ask:
    def ask() -> list[Finding]:
        try:
            probe(endpoint, timeout=PROBE_WAITS_S)
        except IntegrationError as error:
            data = {"endpoint": endpoint.name, "trouble": error.code}
            if error.code == "http_status":
                data["status"] = error.detail
            return [Finding(CheckVerdict.FAILED, "endpoint_failed", data)]
        return [Finding(CheckVerdict.PASSED, "endpoint_reached", {"endpoint": endpoint.name})]

    return ask


def _reviewing(cluster_of: Callable[[str], Cluster], context: str, namespace: str) -> Ask:
    where = f"{context}/{namespace}" if context else namespace

    def ask() -> list[Finding]:
        try:
            verdicts = cluster_of(context).may(namespace)
        except IntegrationError as error:
            return [_unread("cluster_unread", error, where=where)]
        refused = sorted(str(permission) for permission, is_allowed in verdicts.items() if not is_allowed)
        if refused:
            return [Finding(CheckVerdict.FAILED, "may_not", {"what": name, "where": where}) for name in refused]
        return [Finding(CheckVerdict.PASSED, "may_all", {"count": len(verdicts), "where": where})]

    return ask


def _aws(aws: Aws) -> list[Finding]:
    try:
        aws.identity()
    except IntegrationError as error:
        return [_unread("aws_unknown", error)]
    known = Finding(CheckVerdict.PASSED, "aws_known")
    try:
        count = len(aws.databases())
    except IntegrationError as error:
        return [known, _unread("aws_unread", error)]
    return [known, Finding(CheckVerdict.PASSED, "aws_described", {"count": count})]


#: Codes of what is not connected at all: there is nothing to prove, and nothing failed.
_UNCONNECTED = frozenset({"not_configured", "no_credentials", "no_region"})


def _unread(code: str, error: IntegrationError, **data: str) -> Finding:
    verdict = CheckVerdict.UNKNOWN if error.code in _UNCONNECTED else CheckVerdict.FAILED
    return Finding(verdict, code, {**data, "trouble": error.code})
