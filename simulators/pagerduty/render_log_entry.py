"""Log entries as REST v2 shows them.

**Where the alert's text stands.** Of a `trigger_log_entry`, with `include[]=channels` (and in an incident's
`first_trigger_log_entry` with `include[]=first_trigger_log_entries`):

- from Events v2, `channel.type` is `api`; `channel.details` is the event's `payload.custom_details` as it was sent
  (an object; the scenario's monitoring puts the text in `details.body`, lines separated by `\\n`),
  `channel.description` the summary, and `channel.cef_details` the event in PagerDuty's common format
  (`cef_details.details` is the same object again);
- from `POST /incidents`, `channel.type` is `web_trigger`; `channel.subject` is the title and `channel.details` the
  body as a **string**.

Types are those of PagerDuty's API document, and four that accounts answer with although its list lacks them:
`priority_change_log_entry`, `status_update_log_entry`, `responder_request_log_entry`, `reopen_log_entry`.

Without the include only `{"type": …}` is left. Notes stand in `note`, and in `channel.summary` with the include.
"""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from simulators.pagerduty.clock import iso
from simulators.pagerduty.directory import API_URL, SITE_URL
from simulators.pagerduty.model import LogEntry
from simulators.pagerduty.refs import Json, agent_ref, incident_ref, service_ref, user_ref
from simulators.pagerduty.render_account import service_object
from simulators.pagerduty.world import World

INCLUDES = ("incidents", "services", "channels", "teams", "users")
OVERVIEW_TYPES = frozenset(
    f"{name}_log_entry"
    for name in (
        "trigger",
        "acknowledge",
        "unacknowledge",
        "resolve",
        "escalate",
        "assign",
        "delegate",
        "annotate",
        "snooze",
    )
)


def _links(entry: LogEntry) -> Json:
    return {
        "summary": entry.summary,
        "self": f"{API_URL}/log_entries/{entry.id}",
        "html_url": f"{SITE_URL}/incidents/{entry.incident_id}/log_entries/{entry.id}",
    }


def log_entry_ref(entry: LogEntry) -> Json:
    """A reference to an entry."""
    return {"id": entry.id, "type": f"{entry.type}_reference", **_links(entry)}


def log_entry_object(
    world: World, entry: LogEntry, include: Collection[str] = (), zone: ZoneInfo | None = None
) -> Json:
    """One entry with a reference to its incident.

    `include` as the query's, `zone` is where its instant is shown (null: UTC).
    """
    incident = world.incidents[entry.incident_id]
    shown: Json = {
        "id": entry.id,
        "type": entry.type,
        **_links(entry),
        "created_at": iso(entry.created_at, zone),
        "agent": agent_ref(entry.agent),
        "channel": entry.channel if "channels" in include else {"type": entry.channel["type"]},
        "service": (
            service_object(world, incident.service_id) if "services" in include else service_ref(incident.service_id)
        ),
        "incident": incident_ref(incident),
        "teams": [],
        "contexts": entry.contexts,
        **entry.extra,
    }
    if entry.note is not None:
        shown["note"] = entry.note
    if entry.assignee_ids:
        shown["assignees"] = [user_ref(user_id) for user_id in entry.assignee_ids]
    if entry.user_id is not None:
        shown["user"] = user_ref(entry.user_id)
    if entry.type == "trigger_log_entry":
        shown["event_details"] = {"description": incident.title}
    return shown
