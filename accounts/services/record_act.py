"""Writing the audit record of an act, inside the act's own transaction."""

from django.db import connection

from accounts.audit import FIRST_DIGEST, AuditFacts, digest_of
from accounts.database_time import database_now
from accounts.models import AuditRecord, User

# Any constant will do, as long as only this module takes it: acts queue for the end of the chain.
CHAIN_LOCK = 0x0A0D17
# The record refers to its actor, whose row the database therefore locks at the commit. Whoever changes an account has its
# row first and the chain second, so that everybody else takes them in the same order.
_QUEUE = """
    WITH actor AS MATERIALIZED (SELECT id FROM accounts_user WHERE id = %s FOR KEY SHARE)
    SELECT pg_advisory_xact_lock(%s) FROM (SELECT count(*) FROM actor) AS locked
"""


def record_act(*, actor: User | None, verb: str, target: str, data: dict[str, object] | None = None) -> AuditRecord:
    """Appends one act to the audit chain. Call it inside the transaction that performs the act.

    The lock is held until that transaction ends, so that two acts can never follow the same record.
    Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit record belongs into the transaction of its act")
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [actor.pk if actor else None, CHAIN_LOCK])
    at = database_now()
    last = AuditRecord.objects.order_by("-sequence").values_list("sequence", "digest").first()
    sequence, previous = (last[0] + 1, last[1]) if last else (1, FIRST_DIGEST)
    actor_name = actor.get_username() if actor else "system"
    facts = AuditFacts(sequence=sequence, at=at, actor_name=actor_name, verb=verb, target=target, data=data or {})
    return AuditRecord.objects.create(
        sequence=sequence,
        at=at,
        actor=actor,
        actor_name=actor_name,
        verb=verb,
        target=target,
        data=facts.data,
        previous_digest=previous,
        digest=digest_of(facts, previous=previous),
    )
