"""Who may open what: every URL there is, for everybody there is."""

import contextlib
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.roles import Role, declared_role
from tests.cast import Cast, browser_of

pytestmark = pytest.mark.django_db

#: The least role of every view. A new view must be entered here, by its name.
EXPECTED: dict[str, Role | None] = {
    "healthz": None,
    "health": Role.VIEWER,
    "accounts:login": None,
    "accounts:logout": None,
    "accounts:profile": Role.VIEWER,
    "accounts:change_password": Role.VIEWER,
    "accounts:set_language": Role.VIEWER,
    "accounts:set_theme": Role.VIEWER,
    "accounts:users": Role.ADMIN,
    "accounts:add_user": Role.ADMIN,
    "accounts:change_user": Role.ADMIN,
    "compensation:own": Role.VIEWER,
    "compensation:apply_for_leave": Role.VIEWER,
    "compensation:leave": Role.VIEWER,
    "compensation:withdraw_leave": Role.VIEWER,
    "compensation:decide_leave": Role.MANAGER,
    "compensation:months": Role.MANAGER,
    "compensation:month": Role.MANAGER,
    "compensation:draft_month": Role.MANAGER,
    "compensation:approve_statements": Role.MANAGER,
    "compensation:publish_month": Role.MANAGER,
    "compensation:payroll": Role.MANAGER,
    "compensation:statement": Role.VIEWER,
    "compensation:correct_line": Role.MANAGER,
    "compensation:rules": Role.VIEWER,
    "compensation:new_rule": Role.MANAGER,
    "cluster:catalogue": Role.VIEWER,
    "cluster:edit_entry": Role.MANAGER,
    "cluster:changes": Role.VIEWER,
    "cluster:plan_maintenance": Role.RESPONDER,
    "cluster:cancel_maintenance": Role.RESPONDER,
    "cluster:cluster": Role.VIEWER,
    "cluster:panel": Role.VIEWER,
    "incidents:handoffs": Role.VIEWER,
    "incidents:handoff": Role.VIEWER,
    "incidents:handoff_version": Role.VIEWER,
    "incidents:export_handoff": Role.VIEWER,
    "incidents:handoff_news": Role.RESPONDER,
    "incidents:take_in": Role.RESPONDER,
    "incidents:add_handoff_line": Role.RESPONDER,
    "incidents:save_handoff_line": Role.RESPONDER,
    "incidents:strike_handoff_line": Role.RESPONDER,
    "incidents:ask_about_handoff_line": Role.RESPONDER,
    "incidents:answer_about_handoff_line": Role.RESPONDER,
    "incidents:tick_handoff": Role.RESPONDER,
    "incidents:sign_handoff": Role.RESPONDER,
    "incidents:accept_handoff": Role.RESPONDER,
    "incidents:correct_handoff": Role.RESPONDER,
    "incidents:post_handoff": Role.RESPONDER,
    "incidents:watch_handoff_line": Role.RESPONDER,
    "incidents:transfer_incidents": Role.RESPONDER,
    "incidents:handoff_transfers": Role.RESPONDER,
    "incidents:load": Role.VIEWER,
    "incidents:feasibility": Role.VIEWER,
    "incidents:guide": Role.VIEWER,
    "shifts:guide_page": Role.VIEWER,
    "shifts:guide_history": Role.VIEWER,
    "shifts:add_guide_entry": Role.MANAGER,
    "shifts:edit_guide_entry": Role.MANAGER,
    "shifts:remove_guide_entry": Role.MANAGER,
    "shifts:restore_guide_entry": Role.MANAGER,
    "shifts:move_guide_entry": Role.MANAGER,
    "shifts:confirm_contact": Role.RESPONDER,
    "shifts:calendar": Role.VIEWER,
    "shifts:mine": Role.VIEWER,
    "shifts:choose_reminders": Role.VIEWER,
    "shifts:make_feed": Role.VIEWER,
    "shifts:revoke_feed": Role.VIEWER,
    "shifts:notices": Role.VIEWER,
    "shifts:unseen_notices": Role.VIEWER,
    "shifts:see_notices": Role.VIEWER,
    "shifts:schedules": Role.VIEWER,
    "shifts:new_schedule": Role.MANAGER,
    "shifts:schedule": Role.VIEWER,
    "shifts:edit_schedule": Role.MANAGER,
    "shifts:close_schedule": Role.MANAGER,
    "shifts:override": Role.RESPONDER,
    "shifts:cancel_override": Role.RESPONDER,
    "shifts:accept_cover": Role.RESPONDER,
    "shifts:withdraw_cover": Role.RESPONDER,
    "shifts:shift": Role.VIEWER,
    "shifts:take_now": Role.RESPONDER,
    "shifts:request_cover": Role.RESPONDER,
    "shifts:feed_calendar": None,
    "shifts:preflight": Role.VIEWER,
    "shifts:preflight_board": Role.VIEWER,
    "shifts:preflight_check": Role.RESPONDER,
    "shifts:preflight_word": Role.RESPONDER,
    "shifts:preflight_changes": Role.RESPONDER,
    "shifts:preflight_contact": Role.RESPONDER,
    "shifts:preflight_test_page": Role.RESPONDER,
    "shifts:preflight_laptop": Role.RESPONDER,
    "shifts:preflight_cover": Role.RESPONDER,
    "shifts:preflight_start": Role.RESPONDER,
    "shifts:laptop_script": None,
    "incidents:board": Role.VIEWER,
    "incidents:board_rows": Role.VIEWER,
    "incidents:open_list": Role.VIEWER,
    "incidents:history": Role.VIEWER,
    "incidents:room": Role.VIEWER,
    "incidents:room_live": Role.VIEWER,
    "incidents:respond": Role.RESPONDER,
    "incidents:acknowledge": Role.RESPONDER,
    "incidents:resolve": Role.RESPONDER,
    "incidents:escalate": Role.RESPONDER,
    "incidents:reassign": Role.RESPONDER,
    "incidents:add_note": Role.RESPONDER,
    "incidents:snooze": Role.RESPONDER,
    "incidents:send_update": Role.RESPONDER,
    "incidents:preview_update": Role.RESPONDER,
    "incidents:status": Role.VIEWER,
    "incidents:status_live": Role.VIEWER,
    "incidents:subscribe": Role.VIEWER,
    "incidents:update_templates": Role.MANAGER,
    "incidents:store_update_template": Role.MANAGER,
    "incidents:judge": Role.RESPONDER,
    "incidents:mitigation": Role.VIEWER,
    "incidents:propose_mitigation": Role.RESPONDER,
    "incidents:confirm_mitigation": Role.RESPONDER,
    "incidents:withdraw_mitigation": Role.RESPONDER,
    "incidents:propose_way_back": Role.RESPONDER,
    "incidents:evidence": Role.VIEWER,
    "incidents:capture_evidence": Role.RESPONDER,
    "incidents:evidence_raw": Role.VIEWER,
    "incidents:evidence_image": Role.VIEWER,
    "incidents:room_runbook": Role.VIEWER,
    "incidents:tick_step": Role.RESPONDER,
    "incidents:reviews": Role.VIEWER,
    "incidents:review": Role.VIEWER,
    "incidents:review_document": Role.VIEWER,
    "incidents:export_review": Role.VIEWER,
    "incidents:save_review": Role.RESPONDER,
    "incidents:finish_review": Role.RESPONDER,
    "incidents:add_follow_up": Role.RESPONDER,
    "incidents:change_follow_up": Role.RESPONDER,
    "incidents:mark_follow_up": Role.RESPONDER,
    "incidents:remove_follow_up": Role.RESPONDER,
    "incidents:runbooks": Role.VIEWER,
    "incidents:runbook": Role.VIEWER,
    "incidents:wall": Role.VIEWER,
    "incidents:severities": Role.VIEWER,
    "incidents:edit_severity": Role.MANAGER,
    "incidents:map_priority": Role.MANAGER,
    "incidents:escalation": Role.VIEWER,
    "incidents:set_escalation": Role.MANAGER,
    "incidents:policy": Role.VIEWER,
    "incidents:preview_policy": Role.VIEWER,
    "incidents:store_policy": Role.MANAGER,
    "incidents:policy_version": Role.VIEWER,
    "incidents:attainment": Role.VIEWER,
    "incidents:attainment_clocks": Role.VIEWER,
    "incidents:attainment_csv": Role.VIEWER,
    "incidents:pagerduty_webhook": None,
}
GUARDED = {name: role for name, role in EXPECTED.items() if role is not None}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from patterns(pattern, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


def address(name: str) -> str:
    step: dict[str, object] = {"number": 1, "slug": "high-cpu", "key": "usage"}
    one = (
        {"number": 1},
        {"user_id": 1},
        {"version": 1},
        {"severity": "P1"},
        {"service_id": 1},
        {"entry_id": 1},
        {"change_id": 1},
        {"feed_id": 1},
        {"override_id": 1},
        {"request_id": 1},
        {"shift_id": 1},
        {"schedule_id": 1},
        {"token": "x"},
        {"slug": "high-cpu"},
        {"page": "tools"},
        {"entry_id": 1, "version": 1},
        {"handoff_id": 1},
        {"line_id": 1},
        {"shift_id": 1, "number": 1},
        {"handoff_id": 1, "shape": "md"},
        {"occasion": "P1"},
        {"number": 1, "shape": "md"},
        {"number": 1, "part": "root_cause"},
        {"number": 1, "follow_up_id": 1},
        {"month": "2026-10"},
        {"month": "2026-10", "person_id": 1},
    )
    mitigation = {"number": 1, "mitigation_id": 1}
    capture = {"number": 1, "capture_number": 1}
    contact = {"shift_id": 1, "entry_id": 1}
    for arguments in ({}, *one, step, mitigation, capture, capture | {"key": 0}, contact):
        with contextlib.suppress(NoReverseMatch):
            return reverse(name, kwargs=arguments)
    raise LookupError(name)


def test_every_view_declares_the_role_it_should() -> None:
    assert {name: declared_role(pattern.callback) for name, pattern in patterns(get_resolver())} == EXPECTED


@pytest.mark.parametrize("name", GUARDED)
def test_nobody_gets_in_without_signing_in(name: str) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address(name))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", GUARDED)
def test_the_declared_role_and_those_above_it_get_in(name: str, cast: Cast) -> None:
    for role in Role:
        client = browser_of(cast.by_role(role))
        for method in ("get", "post"):
            status = getattr(client, method)(address(name)).status_code
            assert (status == 403) is not role.includes(GUARDED[name]), (role, method, status)


@pytest.mark.parametrize(
    ("sent_from", "target"),
    [
        ("http://testserver/shifts/7/handoff/?x=1", "/shifts/7/handoff/%3Fx%3D1"),
        ("https://evil.example.com/shifts/", "/"),
        ("http://testserver.evil.example.com/", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_a_form_without_a_session_comes_back_to_its_page(sent_from: str, target: str) -> None:
    answer = Client(headers={"Referer": sent_from}).post("/handoffs/1/lines/", {"text": "x"})
    assert answer.headers["Location"] == f"/accounts/login/?next={target}"


def test_a_sign_in_never_lands_inside_a_page() -> None:
    answer = Client(headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/incidents/1/"}).get(
        "/incidents/1/live/"
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=/incidents/1/"


@pytest.mark.urls("tests.oncall_portal.undeclared_urls")
def test_a_view_without_a_declared_role_is_closed_to_the_admin_too(cast: Cast) -> None:
    assert browser_of(cast.admin).get("/undeclared/").status_code == 403


def test_whoever_may_not_is_one_line_of_the_log(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    assert browser_of(cast.viewer).get("/shifts/override/").status_code == 403
    (line,) = [each for each in caplog.records if each.name == "django.request"]
    assert line.getMessage() == "Forbidden: /shifts/override/"
    assert line.exc_info is None, "nothing failed"


def test_a_forged_form_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.responder)
    assert client.post("/incidents/1/acknowledge/").status_code == 403


def test_a_locked_account_is_signed_out(cast: Cast) -> None:
    client = browser_of(cast.responder)
    assert client.get("/").status_code == 200
    cast.responder.is_active = False
    cast.responder.save()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example.com/", "//evil.example.com/", "javascript:alert(1)", "/\\evil.example.com"]
)
def test_no_form_sends_people_elsewhere(target: str, cast: Cast) -> None:
    client = browser_of(cast.responder)
    answer = client.post("/accounts/theme/", {"theme": "dark", "next": target})
    assert answer.headers["Location"] == "/"
    answer = Client().post(
        "/accounts/login/?next=" + target, {"username": "responder", "password": "correct horse battery"}
    )
    assert answer.headers["Location"] == "/"


def test_the_content_security_policy_has_no_hole(cast: Cast) -> None:
    policy = browser_of(cast.viewer).get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
