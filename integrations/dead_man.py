"""A dead man's switch of the healthchecks kind: somebody else's service that raises the alarm once our pings stop.

Source: healthchecks.io, «Pinging API»: a GET of the check's address counts as a success; the answer is 200. Others of the
kind answer 202 or 204.
"""

import requests

from integrations.errors import Refused, Unavailable

#: Seconds to connect, and to wait for the answer.
TIMEOUT = (3, 5)
_SUCCESS = range(200, 300)
_SERVER_ERROR, _TOO_MANY = 500, 429


def ping(url: str) -> None:
    """Says once that all is well. The address is a secret, so no error repeats it.

    Raises Unavailable (try again) and Refused (the address is wrong; a redirect counts as that).
    """
    try:
        with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        # Without its cause: the library's words contain the address.
        raise Unavailable(type(error).__name__) from None
    if status >= _SERVER_ERROR or status == _TOO_MANY:
        raise Unavailable(f"http_{status}")
    if status not in _SUCCESS:
        raise Refused(f"http_{status}")
