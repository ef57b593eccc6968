"""Asking for the server's looks at a preflight anew."""

from django.db import transaction

from accounts.live_channel import take_turn
from accounts.models import User
from accounts.services.record_act import record_act
from accounts.work import CLUSTER_QUEUE, enqueue_on_commit
from shifts.services.open_preflight import RUN_TASK
from shifts.services.preparing import lock_preflight

#: A look that was asked for so lately is the one that a further click asks for.
TURN_S = 10.0


@transaction.atomic
def check_again(*, actor: User, preflight_id: int) -> None:
    """The person or a manager has everything looked at once more; soon after a click nothing more. Raises CannotPrepare."""
    preflight = lock_preflight(preflight_id, actor=actor)
    if not take_turn(f"check:{preflight.pk}", seconds=TURN_S):
        return
    record_act(actor=actor, verb="check_again", target=f"shift:{preflight.shift_id}")
    enqueue_on_commit(RUN_TASK, preflight.pk, queue=CLUSTER_QUEUE)
