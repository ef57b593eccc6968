"""PagerDuty's own documented examples, which are not ours to copy: the environment says where they lie.

PAGERDUTY_WEBHOOK_SAMPLES: files of webhook deliveries, separated by colons; PAGERDUTY_OPENAPI: PagerDuty's OpenAPI
document of REST API v2. Without them these tests are skipped.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def webhook_samples() -> list[Path]:
    """The files of deliveries. Skips the test where there are none."""
    named = [Path(name) for name in os.environ.get("PAGERDUTY_WEBHOOK_SAMPLES", "").split(":") if name]
    if not named:
        pytest.skip("PAGERDUTY_WEBHOOK_SAMPLES names no files of PagerDuty's documented webhooks")
    return named


def documented_deliveries() -> list[dict[str, Any]]:
    """Every example of those files that is a delivery."""
    found: list[dict[str, Any]] = []
    for path in webhook_samples():
        content = json.loads(path.read_bytes())
        if isinstance(content, dict) and "deliveries" in content:
            found += [json.loads(item["raw_body"]) for item in content["deliveries"]]
        else:
            items = content if isinstance(content, list) else [content]
            found += [item for item in items if isinstance(item, dict) and isinstance(item.get("event"), dict)]
    return found


def documented_answers(path: str, name: str) -> list[Any]:
    """The objects under the key `name` in the examples of GET `path`'s 200 answer. Skips the test without the document."""
    location = os.environ.get("PAGERDUTY_OPENAPI")
    if not location:
        pytest.skip("PAGERDUTY_OPENAPI does not say where PagerDuty's OpenAPI document lies")
    document = json.loads(Path(location).read_bytes())
    content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    examples = content.get("examples") or {}
    values = [each["value"][name] for each in examples.values() if name in each.get("value", {})]
    return [row for value in values for row in (value if isinstance(value, list) else [value])]
