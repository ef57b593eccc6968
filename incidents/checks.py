"""What Django's system check says of the portal's own files."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004  # Django's own name

from incidents.runbooks import library

RUNBOOKS = "runbooks"


@register(RUNBOOKS)
def check_runbooks(**_options: Any) -> list[CheckMessage]:
    """A warning for each problem of a runbook: the others work all the same."""
    return [
        Warning(str(problem), hint="manage.py check_runbooks", id="incidents.W001") for problem in library().problems
    ]
