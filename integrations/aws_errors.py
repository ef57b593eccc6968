"""AWS's error codes as our errors. No detail repeats a credential.

Source: «Common errors» of the RDS, CloudWatch and STS API references, and botocore's own list of codes that mean throttling.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from integrations.errors import IntegrationError, Refused, Unavailable
from integrations.redaction import MARK, redact

LONGEST_DETAIL = 500
_THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException"),
    *(
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "BandwidthLimitExceeded",
        "SlowDown",
        "LimitExceededException",
    ),
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "ExpiredTokenFault"}
_UNAUTHORIZED = {
    *("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "IncompleteSignature"),
    *("IncompleteSignatureException", "InvalidSignatureException", "MissingAuthenticationToken", "AuthFailure"),
    *("MissingAuthenticationTokenException", "InvalidIdentityToken", "NotSignedUp"),
}
_FORBIDDEN = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "OptInRequired"}
#: Secrets have 40 characters, session tokens hundreds, of Base64's alphabet; nothing else in AWS's words does.
_CREDENTIAL = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def of_answer(code: str, message: str, status: int, headers: Mapping[str, str]) -> IntegrationError:
    """An error that AWS answered: its code and message, the HTTP status, the headers in lower case."""
    if code.isdigit():
        # botocore's own way with an answer that is none of AWS's: the status as code, all of the body as message.
        code = message = ""
    detail = clean(f"{code}: {message}" if message else code or f"HTTP {status}")
    if code in _THROTTLED or status == 429:
        return Unavailable("limited", detail, retry_after=_retry_after(headers))
    if code in _EXPIRED:
        return Refused("expired_token", code)
    if code in _UNAUTHORIZED or status == 401:
        # Its words stay out: a signature that does not match is answered with everything that was signed.
        return Refused("unauthorized", clean(code))
    if code in _FORBIDDEN:
        return Refused("forbidden", detail)
    if status >= 500 or status == 408:
        return Unavailable("broken", detail)
    if code.endswith(("NotFound", "NotFoundFault", "NotFoundException")) or status == 404:
        return Refused("not_found", detail)
    if status == 403:
        return Refused("forbidden", detail)
    return Refused("conflict" if code.startswith("InvalidDBInstanceState") else "invalid", detail)


def clean(text: str) -> str:
    """One line that a database, a log and a page can hold. Redacted before it is cut: half a secret has no shape."""
    line = _CREDENTIAL.sub(MARK, redact(_UNPRINTABLE.sub(" ", text)))
    return line.encode("utf-8", "replace").decode()[:LONGEST_DETAIL]


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Whole seconds of Retry-After, or milliseconds of AWS's own header."""
    for name, unit in (("retry-after", 1_000), ("x-amz-retry-after", 1)):
        if re.fullmatch(r"\d{1,9}", headers.get(name, ""), re.ASCII):
            return timedelta(milliseconds=int(headers[name]) * unit)
    return None
