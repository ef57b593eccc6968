"""The audit record can be added to and nothing else; what was changed behind it is found."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, transaction

from accounts.models import AuditRecord
from accounts.services.record_act import record_act
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_acts(cast: Cast) -> None:
    for verb in ("acknowledge", "note", "resolve"):
        record_act(actor=cast.responder, verb=verb, target="incident:1", data={"text": "值班 ✓", "n": 1})


def verify() -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    return out.getvalue()


def test_a_whole_chain_is_told_with_its_length(three_acts: None) -> None:
    assert "whole: 3 records" in verify()


def test_an_empty_chain_is_whole() -> None:
    assert "whole: 0 records" in verify()


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_auditrecord SET verb = 'x'", "DELETE FROM accounts_auditrecord"]
)
def test_the_database_refuses_changes(statement: str, three_acts: None) -> None:
    with pytest.raises((ProgrammingError, InternalError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert AuditRecord.objects.count() == 3


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE accounts_auditrecord SET verb = 'view' WHERE sequence = 2", "record 2"),
        ("UPDATE accounts_auditrecord SET data = '{}' WHERE sequence = 1", "record 1"),
        ("UPDATE accounts_auditrecord SET at = at + interval '1 microsecond' WHERE sequence = 3", "record 3"),
        ("DELETE FROM accounts_auditrecord WHERE sequence = 2", "record 3"),
        ("DELETE FROM accounts_auditrecord WHERE sequence = 1", "record 2"),
    ],
)
def test_what_a_superuser_changed_is_found(statement: str, named: str, three_acts: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditrecord DISABLE TRIGGER append_only")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE accounts_auditrecord ENABLE TRIGGER append_only")
    with pytest.raises(CommandError, match=named):
        verify()
