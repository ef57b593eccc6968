"""What all that is sent to a vendor has in common: a claim while it is sent, and a growing wait after a failure."""

from datetime import timedelta

FIRST_WAIT = timedelta(seconds=2)
#: For so long a claimed row is its worker's alone: longer than its calls with all their waits can last.
CLAIMED_FOR = timedelta(seconds=90)


def wait_after(attempts: int, *, longest: timedelta) -> timedelta:
    """How long to wait after so many failed attempts (from 1): 2 s, doubled each time, up to `longest`."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), longest)
