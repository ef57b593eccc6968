"""The demo's services as the cluster runs them, named after those of the simulated PagerDuty.

The database itself runs in AWS: `chatops-db` is the proxy in front of it, whose deployment has another name than the
service. That is what a catalogue is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.kubernetes.resources import Object


@dataclass(frozen=True)
class Service:
    """One deployment. `versions` are those it has run, the last one runs; `env` are names with demo values."""

    name: str
    replicas: int
    versions: tuple[str, ...]
    env: dict[str, str]
    app: str = ""
    cpu: str = "500m"
    memory: str = "512Mi"
    load: dict[str, float] = field(default_factory=dict)
    sidecar: str = ""

    @property
    def label(self) -> str:
        """The service it belongs to, which the label `app` names."""
        return self.app or self.name

    @property
    def container(self) -> str:
        """Its first container's name."""
        return self.name.removeprefix("chatops-")

    def image(self, version: str) -> str:
        """The image of a version."""
        return f"chatops/{self.container}:{version}"


_DATABASE = "postgres://chatops:hunter2-demo@chatops-prod.example.com:5432/chatops"
SERVICES = (
    Service(
        "chatops-gateway",
        3,
        ("v1.2.0", "v1.2.1", "v1.2.2", "v1.2.3"),
        {"LOG_LEVEL": "info", "DATABASE_URL": _DATABASE, "API_TOKEN": "demo-secret-value", "QUEUE_URL": "amqp://queue"},
        load={"cpu": 540, "memory": 170, "errors": 0.2},
    ),
    Service(
        "chatops-engine",
        2,
        ("v1.1.8", "v1.2.2", "v1.2.3"),
        {"LOG_LEVEL": "info", "QUEUE_URL": "amqp://queue", "WORKERS": "8"},
        load={"cpu": 420, "memory": 210, "errors": 0.1},
    ),
    Service(
        "chatops-web",
        2,
        ("v2.0.4", "v2.0.5"),
        {"API_URL": "https://api.chatops.example.com", "SESSION_KEY": "demo-session-key"},
        load={"cpu": 180, "memory": 120, "errors": 0.1},
    ),
    Service(
        "chatops-worker",
        4,
        ("v1.2.1", "v1.2.2", "v1.2.3"),
        {"QUEUE_URL": "amqp://queue", "CONCURRENCY": "4"},
        load={"cpu": 640, "memory": 180, "errors": 0.1},
    ),
    Service(
        "chatops-db-proxy",
        2,
        ("v1.0.6", "v1.0.7"),
        {"PGHOST": "chatops-prod.example.com", "PGPASSWORD": "hunter2-demo"},
        app="chatops-db",
        cpu="250m",
        memory="256Mi",
        load={"cpu": 60, "memory": 64, "errors": 0.0},
        sidecar="exporter",
    ),
)


def template_of(service: Service, version: str) -> Object:
    """The pod template of a version."""
    container: Object = {
        "name": service.container,
        "image": service.image(version),
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": value} for name, value in service.env.items()],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": service.cpu, "memory": service.memory},
        },
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 5},
        "terminationMessagePath": "/dev/termination-log",
    }
    beside: list[Object] = []
    if service.sidecar:
        beside = [{"name": service.sidecar, "image": f"chatops/{service.sidecar}:v0.15.0", "resources": {}}]
    return {
        "metadata": {"labels": {"app": service.label, "component": service.container}},
        "spec": {"containers": [container, *beside], "terminationGracePeriodSeconds": 30, "restartPolicy": "Always"},
    }
