"""`python -m benchmarks._evidence_side COUNT`: so many services in the catalogue, each in one of the demo cluster's deployments.

Run in the product's environment; prints their PagerDuty ids as JSON.
"""

import json
import sys

import django

django.setup()

from cluster.services.seed_entry import seed_entry  # noqa: E402

DEPLOYMENTS = ("chatops-gateway", "chatops-engine", "chatops-web", "chatops-worker")


def make(count: int) -> list[str]:
    """The entries, as somebody would have filled them in."""
    ids = []
    for number in range(count):
        entry = seed_entry(pagerduty_id=f"PBENCHSVC{number:03d}", name=f"bench-service-{number}")
        entry.deployment = DEPLOYMENTS[number % len(DEPLOYMENTS)]
        entry.selector = f"app={entry.deployment}"
        entry.grafana_dashboard, entry.grafana_panel = "chatops-gateway", 1
        entry.save()
        ids.append(entry.pagerduty_id)
    return ids


if __name__ == "__main__":
    print(json.dumps(make(int(sys.argv[1]))))
