from django.urls import include, path

from incidents.views import (
    acts,
    attainment,
    board,
    escalation,
    evidence,
    history,
    hooks,
    judge,
    policy,
    room,
    runbooks,
    severities,
    wall,
)

app_name = "incidents"

incident_urls = [
    path("", room.show, name="room"),
    path("live/", room.live, name="room_live"),
    path("respond/", acts.respond, name="respond"),
    path("acknowledge/", acts.acknowledge, name="acknowledge"),
    path("resolve/", acts.resolve, name="resolve"),
    path("escalate/", acts.escalate, name="escalate"),
    path("reassign/", acts.reassign, name="reassign"),
    path("note/", acts.note, name="add_note"),
    path("snooze/", acts.snooze, name="snooze"),
    path("judge/", judge.judge, name="judge"),
    path("evidence/", evidence.show, name="evidence"),
    path("evidence/capture/", evidence.capture, name="capture_evidence"),
    path("evidence/<int:capture_number>/logs/<int:key>/", evidence.raw, name="evidence_raw"),
    path("evidence/<int:capture_number>/image/", evidence.image, name="evidence_image"),
    path("runbook/", runbooks.open_other, name="room_runbook"),
    path("runbooks/<slug:slug>/steps/<slug:key>/", runbooks.tick, name="tick_step"),
]

urlpatterns = [
    path("", board.show, name="board"),
    path("board/rows/", board.rows, name="board_rows"),
    path("incidents/", history.show, name="history"),
    path("incidents/<int:number>/", include(incident_urls)),
    path("runbooks/", runbooks.index, name="runbooks"),
    path("runbooks/<slug:slug>/", runbooks.read, name="runbook"),
    path("sla/", wall.show, name="wall"),
    path("sla/attainment/", attainment.show, name="attainment"),
    path("sla/attainment/clocks/", attainment.clocks, name="attainment_clocks"),
    path("sla/policy/", policy.show, name="policy"),
    path("sla/policy/preview/", policy.preview, name="preview_policy"),
    path("sla/policy/store/", policy.store, name="store_policy"),
    path("sla/policy/<int:version>/", policy.version, name="policy_version"),
    path("sla/severities/", severities.show, name="severities"),
    path("sla/severities/<str:severity>/", severities.edit, name="edit_severity"),
    path("sla/severities/<str:severity>/priority/", severities.set_priority, name="map_priority"),
    path("sla/escalation/", escalation.show, name="escalation"),
    path("sla/escalation/<int:service_id>/", escalation.switch, name="set_escalation"),
    path("sla/attainment.csv", attainment.as_csv, name="attainment_csv"),
    path("hooks/pagerduty/", hooks.pagerduty, name="pagerduty_webhook"),
]
