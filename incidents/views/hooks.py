"""Where vendors call. The signature is the sign-in."""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from psycopg_pool import PoolTimeout

from accounts.roles import open_to_anyone
from incidents.services.enqueue import enqueue_drain
from incidents.services.receive_webhook import receive_webhook
from integrations.errors import MalformedPayload
from integrations.pagerduty.webhooks import is_signed, read_delivery

logger = logging.getLogger(__name__)

#: A delivery is some 3 KB. More than this is none.
LARGEST_BODY = 256 * 1024


@open_to_anyone
@csrf_exempt
@require_POST
def pagerduty(request: HttpRequest) -> HttpResponse:
    """PagerDuty's webhooks v3. 202 once the delivery is stored (again, too); the status codes are those PagerDuty acts on.

    503 makes it try again; a 4xx other than 429 makes it drop the event, and three in a row disable the subscription, so
    that only what can never be right gets one: 401 for a bad signature, 413 above 256 KB, 400 for a signed body that is no event.
    """
    if _content_length(request) > LARGEST_BODY:
        return _answer(413, "larger than 256 KB")
    try:
        body = request.body
    except RequestDataTooBig:
        return _answer(413, "larger than 256 KB")
    except UnreadablePostError:
        return _answer(400, "the body broke off")
    if len(body) > LARGEST_BODY:
        return _answer(413, "larger than 256 KB")
    if not is_signed(body, request.headers.get("X-PagerDuty-Signature", ""), settings.PAGERDUTY_WEBHOOK_SECRETS):
        return _answer(401, "no signature fits")
    try:
        event = read_delivery(body).event
    except MalformedPayload as error:
        logger.warning("signed delivery refused: %s", error)
        return _answer(400, error.detail)
    return _store(request, body, event_id=event.id, event_type=event.event_type)


def _store(request: HttpRequest, body: bytes, *, event_id: str, event_type: str) -> HttpResponse:
    if "\x00" in event_id + event_type:
        return _answer(400, "delivery: event.id: has a character that no id can have")
    delivery_id = request.headers.get("X-Webhook-Id", "")[:64] or None
    try:
        is_new = receive_webhook(delivery_id=delivery_id, event_id=event_id, event_type=event_type, body=body)
    except (DatabaseError, PoolTimeout):
        logger.exception("delivery not stored, PagerDuty will repeat it")
        return _answer(503, "not stored, try again")
    if is_new:
        enqueue_drain()
    return _answer(202, "stored" if is_new else "known")


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _answer(status: int, message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
