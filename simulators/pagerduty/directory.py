"""The account: who and what exists in the demo world. Fixed at start, so not kept in the store.

Ids are promised to the product's demo users and tests. Account tokens: `demo-token` (full), `demo-token-readonly`;
`demo-token-<user id>` is that user's own token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

ACCOUNT_TOKEN = "demo-token"  # noqa: S105 - the demo world's public token
READ_ONLY_TOKEN = "demo-token-readonly"  # noqa: S105
ACCOUNT_ZONE = ZoneInfo("Asia/Taipei")
API_URL = "https://api.pagerduty.com"
SITE_URL = "https://chatops.pagerduty.com"


@dataclass(frozen=True)
class ContactMethod:
    """A way to reach a user. `country_code` only for phones; `is_blacklisted` never of e-mail."""

    id: str
    type: Literal[
        "email_contact_method", "phone_contact_method", "sms_contact_method", "push_notification_contact_method"
    ]
    label: str
    address: str
    country_code: int | None = None
    is_blacklisted: bool = False
    is_enabled: bool = True


@dataclass(frozen=True)
class NotificationRule:
    """Which contact method rings how many minutes after an assignment, by urgency."""

    id: str
    contact_method_id: str
    delay_minutes: int
    urgency: Literal["high", "low"]


@dataclass(frozen=True)
class User:
    """A member of the account."""

    id: str
    name: str
    email: str
    role: str
    job_title: str
    color: str
    contact_methods: tuple[ContactMethod, ...]
    notification_rules: tuple[NotificationRule, ...]
    time_zone: str = "Asia/Taipei"


@dataclass(frozen=True)
class Service:
    """A service that pages. Timeouts in seconds; null switches them off."""

    id: str
    name: str
    description: str
    integration_id: str
    escalation_policy_id: str = "PEPCHAT"
    acknowledgement_timeout: int | None = 1800
    auto_resolve_timeout: int | None = None

    @property
    def routing_key(self) -> str:
        """The key Events v2 takes for this service."""
        return f"routing-{self.name}"


@dataclass(frozen=True)
class Priority:
    """An incident priority of the account; the first is the highest."""

    id: str
    name: str
    description: str


def _user(
    suffix: str,
    name: str,
    email: str,
    role: str,
    job_title: str,
    color: str,
    blacklisted_phone: bool = False,
    zone: str = "Asia/Taipei",
) -> User:
    email_method, push, phone = f"PCE{suffix}", f"PCP{suffix}", f"PCT{suffix}"
    methods = (
        ContactMethod(email_method, "email_contact_method", "Work", email),
        ContactMethod(push, "push_notification_contact_method", f"{name}'s phone", f"device-{suffix.lower()}"),
        ContactMethod(phone, "phone_contact_method", "Mobile", f"9120000{len(name):02d}", 886, blacklisted_phone),
    )
    rules = (
        NotificationRule(f"PRA{suffix}", email_method, 0, "high"),
        NotificationRule(f"PRB{suffix}", push, 0, "high"),
        NotificationRule(f"PRC{suffix}", phone, 5, "high"),
        NotificationRule(f"PRD{suffix}", email_method, 0, "low"),
    )
    return User(f"P{suffix}", name, email, role, job_title, color, methods, rules, zone)


_PEOPLE = (
    _user(
        "RESP01", "Lin Yu-ting", "responder@chatops.example.com", "limited_user", "Site reliability engineer", "purple"
    ),
    _user("KENJI1", "Kenji Sato", "kenji@chatops.example.com", "limited_user", "Backend engineer", "teal"),
    _user("MGR001", "Chen Wei-han", "manager@chatops.example.com", "user", "Engineering manager", "orange"),
    _user(
        "ADM001", "Sofia Garcia", "admin@chatops.example.com", "admin", "Platform lead", "blue", blacklisted_phone=True
    ),
)

# These exist only in an account that takes them in (`World.take_in`).
COLLEAGUES = (
    _user(
        "MARTA1",
        "Marta Ruiz",
        "marta@chatops.example.com",
        "limited_user",
        "Backend engineer",
        "green",
        zone="Europe/Madrid",
    ),
    _user(
        "TOMAS1",
        "Tomas Vega",
        "tomas@chatops.example.com",
        "limited_user",
        "Data engineer",
        "red",
        zone="Europe/Madrid",
    ),
    _user(
        "NADIA1",
        "Nadia Benali",
        "nadia@chatops.example.com",
        "limited_user",
        "Support engineer",
        "brown",
        zone="Europe/Madrid",
    ),
)
CROWD = tuple(
    _user(f"C{n:05d}", f"Person {n:03d}", f"person{n:03d}@chatops.example.com", "limited_user", "Engineer", "grey")
    for n in range(1, 501)
)

USERS = {user.id: user for user in (*_PEOPLE, *COLLEAGUES, *CROWD)}
MEMBER_IDS = tuple(user.id for user in _PEOPLE)

SERVICES = {
    service.id: service
    for service in (
        Service("PGATEWY", "chatops-gateway", "Receives every chat message and routes it", "PIGATEW"),
        Service("PENGINE", "chatops-engine", "Understands commands and runs them", "PIENGIN"),
        Service("PWEBAPP", "chatops-web", "The web console", "PIWEBAP", auto_resolve_timeout=14_400),
        Service("PWORKER", "chatops-worker", "Runs what was asked for in the background", "PIWORKE"),
        Service("PDATABS", "chatops-db", "The PostgreSQL behind it all, RDS instance chatops-prod", "PIDATAB"),
    )
}

PRIORITIES = {
    priority.id: priority
    for priority in (
        Priority("PPRIOP0", "P0", "Service down for everybody"),
        Priority("PPRIOP1", "P1", "A main function fails for many"),
        Priority("PPRIOP2", "P2", "A function is slow or fails for some"),
        Priority("PPRIOP3", "P3", "A minor fault without effect on users"),
    )
}


def service_by_name(name: str) -> Service | None:
    """The service called `name`, or with that id."""
    return SERVICES.get(name) or next((s for s in SERVICES.values() if s.name == name), None)


def service_by_routing_key(key: str) -> Service | None:
    """The service an Events v2 routing key belongs to."""
    return next((s for s in SERVICES.values() if s.routing_key == key), None)


def user_by_email(email: str) -> User | None:
    """The user with this address; case does not matter."""
    return next((u for u in USERS.values() if u.email == email.strip().lower()), None)


def priority_by_name(name: str) -> Priority | None:
    """The priority called `name`."""
    return next((p for p in PRIORITIES.values() if p.name == name), None)


def user_of_token(token: str) -> User | None:
    """The owner of a user's own token, null for the account's tokens."""
    return USERS.get(token.removeprefix("demo-token-"))


def is_valid_token(token: str) -> bool:
    """Whether the token belongs to this account."""
    return token in (ACCOUNT_TOKEN, READ_ONLY_TOKEN) or (
        token.startswith("demo-token-") and user_of_token(token) is not None
    )
