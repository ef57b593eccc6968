"""Django settings. What differs between installations comes from `oncall_portal.env`."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from oncall_portal.env import BASE_DIR, read_env
from oncall_portal.lending import check_before_lending

env = read_env()

SECRET_KEY = env.secret_key
DEBUG = env.debug
ALLOWED_HOSTS = env.allowed_hosts
CSRF_TRUSTED_ORIGINS = env.csrf_trusted_origins
ROOT_URLCONF = "oncall_portal.urls"
WSGI_APPLICATION = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "lucide",
    "oncall_portal",
    "accounts",
    "cluster",
    "shifts",
    "incidents",
    "compensation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "oncall_portal.middleware.refuse_other_charsets",
    "oncall_portal.middleware.refuse_nul_bytes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.DeclaredRoleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "oncall_portal.middleware.htmx_sign_in",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oncall_portal.context.shell",
            ],
        },
    },
]

_database = conninfo_to_dict(env.database_url)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", "portal"),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": str(_database.pop("port", "")),
        # Opening a connection costs 3–6 ms, so threads borrow one. Whoever waits longer than the timeout is told 503.
        "OPTIONS": {
            **_database,
            # Attempts to connect are given up soon and begun anew: their pauses double, so that pages would stay away for up to
            # minutes after Postgres is back.
            "pool": {
                "min_size": 1,
                "max_size": 20,
                "timeout": 5,
                "reconnect_timeout": 3,
                "reconnect_failed": ConnectionPool.check,
                "check": check_before_lending,
            },
        },
    },
}

CACHES = {
    # In the process, not in Valkey: it holds rendered board rows, which each web process renders once an audience.
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}

REDIS_URL = env.redis_url

CELERY_BROKER_URL = env.redis_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # A request must not hang on a broker that is gone: the row is stored, a sweep finds it.
    "max_retries": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"
# In memory: every tick is an interval that may be repeated, so there is nothing to remember on disk.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"


def beat_entry(task: str, seconds: float, *, queue: str = "beat") -> dict[str, Any]:
    """A periodic task on beat's own queue, or the cluster's, dropped when it could not be started before the next tick."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": max(seconds, 2.0)}}


CELERY_BEAT_SCHEDULE = {
    "poll PagerDuty": beat_entry("incidents.poll_pagerduty", env.pagerduty_poll_seconds),
    "mirror on call": beat_entry("shifts.mirror_on_call", 60.0),
    "mirror schedules": beat_entry("shifts.mirror_schedules", 300.0, queue="cluster"),
    "look at tools": beat_entry("shifts.look_at_tools", 120.0, queue="cluster"),
    "render schedules": beat_entry("shifts.render_schedules", 3600.0, queue="cluster"),
    "tell of gaps": beat_entry("shifts.tell_gaps", 300.0),
    "tell of unsigned handoffs": beat_entry("shifts.tell_unsigned", 60.0),
    "suggest rest": beat_entry("incidents.suggest_rest", 300.0),
    "post handoffs": beat_entry("shifts.post_handoffs", 60.0),
    "deliver overrides": beat_entry("shifts.deliver_overrides", 5.0),
    "remind of shifts": beat_entry("shifts.remind", 60.0),
    "send notices of shifts": beat_entry("shifts.send_notices", 5.0),
    "sweep the inbox": beat_entry("incidents.drain_inbox", 5.0),
    "send notices": beat_entry("incidents.send_notices", 2.0),
    "post updates": beat_entry("incidents.post_updates", 5.0),
    "tell of overdue updates": beat_entry("incidents.tell_overdue_updates", 15.0),
    "tell of overdue follow-ups": beat_entry("incidents.tell_overdue_follow_ups", 900.0),
    "mirror priorities": beat_entry("incidents.mirror_priorities", 3600.0),
    "sweep the outbox": beat_entry("incidents.deliver_due_outbox", 2.0),
    "show life": beat_entry("incidents.show_life", 10.0),
    "forget old deliveries": beat_entry("incidents.forget_old_deliveries", 3600.0),
    "poll the cluster": beat_entry("cluster.poll_cluster", env.cluster_poll_seconds, queue="cluster"),
    "check the catalogue": beat_entry("cluster.check_catalogue", 300.0, queue="cluster"),
    "sweep the captures": beat_entry("incidents.run_due_captures", 5.0, queue="cluster"),
    "watch mitigations": beat_entry("incidents.watch_mitigations", 2.0, queue="mitigations"),
    "open preflights": beat_entry("shifts.open_preflights", 60.0),
    "watch test pages": beat_entry("shifts.watch_test_pages", 3.0),
    "mirror change events": beat_entry("cluster.mirror_change_events", 60.0),
    "forget old notices": beat_entry("incidents.forget_old_notices", 3600.0),
    # By the clock: beat remembers nothing, so that an interval of a day would begin anew whenever it is started.
    "forget old evidence": beat_entry("incidents.forget_evidence", 3600.0) | {"schedule": crontab(hour=20, minute=15)},
}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "incidents:board"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# A shift is 12 hours; nobody should have to sign in at 03:00 because they signed in before it began.
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = env.portal_behind_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.portal_behind_tls else None
SECURE_HSTS_SECONDS = 31_536_000 if env.portal_behind_tls else 0
# Whether every subdomain is served by TLS alone, and preloading it, is for the domain's owner to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CSRF_FAILURE_VIEW = "oncall_portal.views.csrf_failure"
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Forms are small; the webhook endpoint has a limit of its own (256 KB) checked before the body is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 300 * 1024

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", _("Traditional Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "oncall_portal.logs.WithoutTokens",
            "format": "{levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Its own handler, which writes while DEBUG is on, would repeat each line as it is.
        "django": {"handlers": []},
        "httpx": {"level": "WARNING"},
        "api_client": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

PORTAL_BEHIND_TLS = env.portal_behind_tls
PORTAL_DEMO = env.portal_demo
PORTAL_URL = env.portal_url
PORTAL_LANGUAGE = env.portal_language
PORTAL_TIME_ZONE = env.portal_time_zone
PORTAL_BUSINESS_END = env.portal_business_end
PORTAL_HOLIDAYS = env.portal_holidays
PAGERDUTY_API_TOKEN = env.pagerduty_api_token
PAGERDUTY_BASE_URL = env.pagerduty_base_url
PAGERDUTY_WEBHOOK_SECRETS = env.pagerduty_webhook_secrets
PAGERDUTY_POLL_SECONDS = env.pagerduty_poll_seconds
PAGERDUTY_STALE_SECONDS = env.pagerduty_stale_seconds
PAGERDUTY_FROM = env.pagerduty_from
CLUSTER_NAMESPACE = env.cluster_namespace
CLUSTER_POLL_SECONDS = env.cluster_poll_seconds
CLUSTER_STALE_SECONDS = env.cluster_stale_seconds
EVIDENCE_KEPT_FOR = timedelta(days=env.evidence_kept_for)
RDS_REBOOT_ALLOWED = env.rds_reboot_allowed
PREFLIGHT_ENDPOINTS = env.preflight_endpoints
PREFLIGHT_TEST_SERVICE = env.preflight_test_service
GRAFANA_URL = env.grafana_url
GRAFANA_TOKEN = env.grafana_token
RUNBOOKS_DIR = BASE_DIR / env.runbooks_dir
SLACK_WEBHOOK_URL = env.slack_webhook_url
SLA_DEAD_MAN_URL = env.sla_dead_man_url
