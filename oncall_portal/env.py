"""Every environment variable the portal reads, typed and checked in one place.

A malformed value stops the process with one sentence for each bad variable; `.env.example` documents the same names.
"""

import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import Field, PostgresDsn, RedisDsn, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from integrations.probes import Endpoint, read_endpoints

BASE_DIR = Path(__file__).resolve().parent.parent
#: Another file than `.env`, or one that does not exist for none: tests must not meet what a developer keeps there.
ENV_FILE = Path(os.environ.get("PORTAL_ENV_FILE") or BASE_DIR / ".env")


class Env(BaseSettings):
    """The portal's configuration as the environment gives it. Field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True, env_ignore_empty=True)

    secret_key: str = Field(min_length=32)
    debug: bool = False
    allowed_hosts: Annotated[list[str], NoDecode] = ["localhost", "127.0.0.1", "[::1]"]
    csrf_trusted_origins: Annotated[list[str], NoDecode] = []
    port: int = Field(8000, ge=1, le=65535)
    host: str = "127.0.0.1"
    portal_data: Path = BASE_DIR / ".portal"
    portal_demo: bool = False
    portal_behind_tls: bool = False
    portal_url: str = ""
    portal_language: Literal["en", "zh-hant"] = "en"
    portal_time_zone: str = "Asia/Taipei"
    portal_business_end: str = Field("18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    portal_holidays: str = Field("TW", pattern=r"^[A-Z]{2}$")

    database_url: str
    redis_url: str

    pagerduty_api_token: str = ""
    pagerduty_base_url: str = "https://api.pagerduty.com"
    pagerduty_webhook_secrets: Annotated[list[str], NoDecode] = []
    pagerduty_poll_seconds: float = Field(10.0, ge=1, le=300)
    pagerduty_stale_seconds: float = Field(60.0, ge=5, le=3600)
    pagerduty_from: str = Field("", pattern=r"^$|^[^@\s]+@[^@\s]+$")

    cluster_namespace: str = Field("chatops", pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
    cluster_poll_seconds: float = Field(15.0, ge=2, le=300)
    cluster_stale_seconds: float = Field(60.0, ge=5, le=3600)

    evidence_kept_for: int = Field(400, ge=1, le=36_500)
    rds_reboot_allowed: bool = False
    grafana_url: str = ""
    grafana_token: str = ""

    preflight_endpoints: Annotated[tuple[Endpoint, ...], NoDecode] = ()
    preflight_test_service: str = Field("", max_length=32)

    runbooks_dir: Path = Path("deploy/ops/runbooks")

    slack_webhook_url: str = ""
    sla_dead_man_url: str = ""

    @field_validator("allowed_hosts", "csrf_trusted_origins", "pagerduty_webhook_secrets", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        """Comma-separated words become a list; blanks around and between them are dropped."""
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return value

    @field_validator("preflight_endpoints", mode="before")
    @classmethod
    def known_endpoints(cls, value: object) -> object:
        return read_endpoints(value) if isinstance(value, str) else value

    @field_validator("portal_time_zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone of the IANA database, such as Asia/Taipei") from error
        return value

    @field_validator("portal_holidays")
    @classmethod
    def known_country(cls, value: str) -> str:
        if value not in holidays.list_supported_countries():
            raise ValueError(f"{value!r} is no country code whose holidays are known, such as TW")
        return value

    @field_validator("database_url")
    @classmethod
    def postgres_url(cls, value: str) -> str:
        TypeAdapter(PostgresDsn).validate_python(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def valkey_url(cls, value: str) -> str:
        TypeAdapter(RedisDsn).validate_python(value)
        return value

    @field_validator("portal_url", "pagerduty_base_url", "slack_webhook_url", "sla_dead_man_url", "grafana_url")
    @classmethod
    def http_url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")


@cache
def read_env() -> Env:
    """Reads the environment once.

    Raises SystemExit with one line a variable that is missing or malformed; values are never printed, since they may be secrets.
    """
    try:
        return Env()  # type: ignore[call-arg]  # the missing arguments come from the environment
    except ValidationError as error:
        lines = [f"  {str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors(include_input=False)]
        sys.exit("The environment is not usable (.env.example says what each variable means):\n" + "\n".join(lines))
