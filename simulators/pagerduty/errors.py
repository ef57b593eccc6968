"""PagerDuty's refusals: `{"error": {"code", "message", "errors"}}` with an HTTP status.

Codes as its REST documentation lists them: 1001 already resolved, 1002 already acknowledged, 1003 invalid status,
1006 cannot be escalated, 1007 assignee not found, 1008 requester not found, 2001 invalid input, 2004 bad date,
2005 bad range, 2006 not authenticated, 2010 no permission, 2020 rate limit, 2100 not found.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


class ApiError(Exception):
    """One refusal, raised anywhere below a REST handler and answered as JSON."""

    def __init__(self, status: int, code: int, message: str, *errors: str) -> None:
        super().__init__(message, *errors)
        self.status = status
        self.code = code
        self.message = message
        self.errors = list(errors)

    def body(self) -> dict[str, Any]:
        """The JSON body; `errors` only where there are details, as PagerDuty does."""
        error: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors:
            error["errors"] = self.errors
        return {"error": error}


class FieldErrors(ApiError):
    """400 as `/v3/` answers it: words by the path of the field they are about."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(400, 2001, "Invalid Request")
        self.fields = fields

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        return {"error": {"message": self.message, "code": self.code, "errors": self.fields}}


def invalid(*errors: str) -> ApiError:
    """400: the request's arguments are wrong."""
    return ApiError(400, 2001, "Invalid Input Provided", *errors)


def not_found() -> ApiError:
    """404: no such object."""
    return ApiError(404, 2100, "Not Found")


def already_resolved() -> ApiError:
    """400: what was asked for needs an open incident."""
    return ApiError(400, 1001, "Incident Already Resolved")


def already_acknowledged() -> ApiError:
    """400: this user holds the acknowledgement already."""
    return ApiError(400, 1002, "Incident Already Acknowledged")


def cannot_be_escalated(reason: str) -> ApiError:
    """400: assigned directly, or beyond the policy's last level."""
    return ApiError(400, 1006, "Incident Cannot Be Escalated", reason)


def unauthorized() -> ApiError:
    """401: no token, or not one of this account's."""
    return ApiError(401, 2006, "Authentication failed: missing or invalid API token")


def forbidden() -> ApiError:
    """403: a read-only token asked for a write."""
    return ApiError(403, 2010, "Access Denied", "The API token is read-only.")


def rate_limited() -> ApiError:
    """429: too many requests this minute."""
    return ApiError(429, 2020, "Rate Limit Exceeded")


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's exception handler: refusals as they are, paths and methods that do not exist as not found."""
    refusal = error if isinstance(error, ApiError) else not_found()
    return JSONResponse(refusal.body(), status_code=refusal.status)
