"""Two acts at once never wait for each other in a circle."""

import threading

import pytest
from django.db import connection, transaction

from accounts.models import AuditRecord, User
from accounts.roles import Role
from accounts.services.edit_profile import switch_preference
from accounts.services.record_act import record_act
from tests.cast import make_user
from tests.waiting import is_waiting


@pytest.mark.django_db(transaction=True)
def test_an_act_and_a_change_of_the_same_account_both_succeed() -> None:
    user: User = make_user("responder", Role.RESPONDER, "PRESP01", name="Lin Yu-ting")
    failures: list[Exception] = []

    def switch_theme() -> None:
        try:
            switch_preference(user_id=user.pk, theme="dark")
        except Exception as error:  # noqa: BLE001  # told to the test's own thread
            failures.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=switch_theme)
    with transaction.atomic():
        record_act(actor=user, verb="acknowledge", target="incident:1")
        other.start()
        while not is_waiting():
            assert other.is_alive()
    other.join()
    assert failures == []
    assert list(AuditRecord.objects.values_list("verb", flat=True)) == ["acknowledge", "edit_profile"]
