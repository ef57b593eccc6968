"""Where the laptop's script comes from and answers to. The token in the address is the sign-in, and it answers once.

Everything here is for a terminal: plain text, and a refused script is one that says why.
"""

import shlex
from datetime import UTC, timedelta

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.roles import open_to_anyone
from accounts.services.limit_calls import is_over_limit
from accounts.services.limit_sign_in import network_of
from integrations.kubernetes.access import NEEDED
from integrations.kubernetes.types import Permission
from shifts.models import LaptopToken
from shifts.preflight.answers import HEAD, LARGEST, permission_word
from shifts.services.laptop import Unknown, Unusable, fetch_script, take_answer

#: Of tokens that nobody was given: a typing error is one, so that a whole office behind one address has room.
MOST_GUESSES, WITHIN = 60, timedelta(minutes=5)


# A browser's page and its cookies have no part in this: the token alone decides.
@open_to_anyone
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def script(request: HttpRequest, token: str) -> HttpResponse:
    """GET: the script. POST: its verdicts."""
    try:
        if request.method == "POST":
            take_answer(token=token, text=_body(request))
            return _text("The portal has it; the preflight page shows it.")
        return _text(_script(request, fetch_script(token=token), token))
    except Unknown as refusal:
        return _refuse(request, _after_a_guess(request) or refusal)
    except Unusable as refusal:
        return _refuse(request, refusal)


def _after_a_guess(request: HttpRequest) -> Unusable | None:
    """Counts it; what is said after too many. Whoever guesses shuts nobody out who has a token: theirs is never counted."""
    network = network_of(str(request.META.get("REMOTE_ADDR", "")))
    if is_over_limit("laptop", who=network, most=MOST_GUESSES, within=WITHIN):
        return Unusable(429, "Too many tries from this address. Wait five minutes.")
    return None


def _refuse(request: HttpRequest, refusal: Unusable) -> HttpResponse:
    # What is fetched is meant to be run.
    words = refusal.words if request.method == "POST" else f"echo {shlex.quote(refusal.words)} >&2; exit 1"
    return _text(words, status=refusal.status)


def _script(request: HttpRequest, row: LaptopToken, token: str) -> str:
    context = {
        "address": shlex.quote(script_address(request, token)),
        "namespace": shlex.quote(settings.CLUSTER_NAMESPACE),
        "expires": row.expires_at.astimezone(UTC).strftime("%H:%M"),
        "head": HEAD,
        "endpoints": [
            {"name": each.name, "scheme": each.scheme, "address": shlex.quote(each.address)}
            for each in settings.PREFLIGHT_ENDPOINTS
        ],
        "permissions": [_permission(permission) for permission in NEEDED],
    }
    return render_to_string("shifts/preflight.sh", context)


def _permission(permission: Permission) -> dict[str, str]:
    group = f".{permission.group}" if permission.group else ""
    return {
        "subject": permission_word(permission),
        "verb": permission.verb,
        "resource": f"{permission.resource}{group}",
        "subresource": permission.subresource or "''",
    }


def script_address(request: HttpRequest, token: str) -> str:
    """Where a laptop finds the script: under the portal's own address where it is configured."""
    path = reverse("shifts:laptop_script", args=[token])
    return f"{settings.PORTAL_URL}{path}" if settings.PORTAL_URL else request.build_absolute_uri(path)


def _body(request: HttpRequest) -> str:
    """The body, where it is short and text. Raises Unusable."""
    too_large = Unusable(413, "This answer is too large to be one of the script's.")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > LARGEST:
        raise too_large
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise too_large from error
    except UnreadablePostError as error:
        raise Unusable(400, "The answer broke off.") from error
    if len(body) > LARGEST:
        raise too_large
    try:
        return body.decode("ascii")
    except UnicodeDecodeError as error:
        raise Unusable(400, "This answer cannot be read: it has letters that no answer has.") from error


def _text(words: str, *, status: int = 200) -> HttpResponse:
    text = words if words.endswith("\n") else f"{words}\n"
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
