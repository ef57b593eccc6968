"""What a call to AWS says and how an error is answered, in the two protocols that boto3 speaks here.

RDS and STS take a form and answer XML («query»); CloudWatch takes and answers JSON, its action in a header.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

type Environ = dict[str, Any]

LARGEST_BODY = 4 * 1024 * 1024


@dataclass
class Call:
    """One call as it was answered; `status` is null while under way, or when the connection was broken."""

    service: str
    action: str
    access_key: str
    is_json: bool
    parameters: Mapping[str, str]
    status: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return {"service": self.service, "action": self.action, "status": self.status}


def read_call(environ: Environ) -> Call:
    """The call; its body can be read again afterwards."""
    length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST_BODY)
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    parameters = {} if target else dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    access_key, service = _scope(environ.get("HTTP_AUTHORIZATION", ""))
    action = target.rpartition(".")[2] or parameters.get("Action", "")
    return Call(service, action, access_key, bool(target), parameters)


def error(call: Call, status: int, code: str, message: str) -> Response:
    """An error as AWS answers it."""
    kind = "Sender" if status < 500 else "Receiver"
    if call.is_json:
        body = json.dumps({"__type": f"com.amazonaws.{call.service}#{code}", "message": message})
        headers = {"x-amzn-query-error": f"{code};{kind}"}
        return Response(body, status, headers, content_type="application/x-amz-json-1.0")
    xml = (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return Response(xml, status, content_type="text/xml")


def result(call: Call, inside: str) -> Response:
    """A success in XML."""
    action = call.action
    xml = (
        f'<{action}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><{action}Result>{inside}</{action}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Response(xml, content_type="text/xml")


def _scope(authorization: str) -> tuple[str, str]:
    """Access key and service of a signature, version 4: `… Credential=KEY/20261126/ap-northeast-1/rds/aws4_request, …`."""
    parts = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return (parts[0], parts[3]) if len(parts) == 5 else ("", "")
