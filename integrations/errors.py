"""What can go wrong with a vendor. `is_permanent` says whether trying again can help."""

from datetime import timedelta

from integrations.redaction import redact


class IntegrationError(Exception):
    """A vendor did not do what was asked. `code` is one word of ours, `detail` the vendor's own words.

    These reach rows, pages and logs, and a vendor may repeat what it was sent: they lose their secrets here, so that nobody
    who raises or shows an error need think of it.
    """

    is_permanent = False

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = redact(detail)
        super().__init__(f"{code}: {self.detail}" if detail else code)


class Unavailable(IntegrationError):
    """Not reached, too slow, limited or broken: the same request may succeed later.

    `retry_after` is how long the vendor asked to be left alone; None where it did not say.
    """

    def __init__(self, code: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Refused(IntegrationError):
    """Understood and refused: the same request will be refused again."""

    is_permanent = True


class MalformedPayload(IntegrationError):
    """A vendor sent something that has not the shape its documentation gives: what was asked may have been done."""
