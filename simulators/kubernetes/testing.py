"""The cluster inside a test's process: real HTTP on a free port, served from a thread.

with running_cluster() as cluster:
    kubeconfig.write_text(cluster.kubeconfig())
    cluster.deploy("chatops-gateway", image="chatops/gateway:v1.2.4")
    cluster.advance(60)
    cluster.fail(method="PATCH", status=409)
    assert cluster.count("GET", "/api/v1/namespaces/chatops/pods") == 2

Nothing happens by itself: time passes in `advance`, unless `is_live` lets it pass as in the demo.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulators.kubernetes import actions, seeding
from simulators.kubernetes.access import TOKEN
from simulators.kubernetes.certificates import Certificates, make_certificates
from simulators.kubernetes.faults import Fault
from simulators.kubernetes.gate import Call
from simulators.kubernetes.kubeconfig import kubeconfig
from simulators.kubernetes.resources import DEPLOYMENTS, PODS, Object
from simulators.kubernetes.simulator import Simulator
from simulators.kubernetes.world import NAMESPACE, Behaviour, World
from simulators.serving import served

_CHUNK = b"2026-01-15T14:30:00Z INFO one line of a log that does not end\n" * 1024


class RunningCluster:
    """A cluster that is being served at `url`. Its objects are live: read them, change them through HTTP or these verbs."""

    def __init__(self, simulator: Simulator, url: str, certificates: Certificates | None = None) -> None:
        self.simulator = simulator
        self.url = url
        self.token = TOKEN
        self.certificates = certificates

    @property
    def world(self) -> World:
        """The cluster's state."""
        return self.simulator.world

    @property
    def calls(self) -> list[Call]:
        """Every request so far, oldest first."""
        return list(self.simulator.calls)

    def count(self, method: str | None = None, path_prefix: str = "/") -> int:
        """How many requests there were of a method (default any) below a path."""
        return sum(c.method == (method or c.method) and c.path.startswith(path_prefix) for c in self.calls)

    def clear_calls(self) -> None:
        """Forgets the requests so far."""
        self.simulator.calls.clear()

    def kubeconfig(self, *, token: str | None = None, trusted: bool = False) -> str:
        """The text of a kubeconfig that leads here. `trusted`: it names the authority that signed the server's certificate."""
        authority = self.certificates.authority if trusted and self.certificates else None
        return kubeconfig(self.url, token=token or self.token, authority=authority)

    # -- what goes wrong -----------------------------------------------------------------------------------------------

    def fail(self, **fault: Any) -> Fault:
        """Arms a fault (fields of `faults.Fault`)."""
        armed = Fault(**fault)
        self.simulator.faults.add(armed)
        return armed

    def deny(self, verb: str, resource: str) -> None:
        """The portal's token may not do this any more: `deny("patch", "deployments")`, `deny("get", "pods/log")`."""
        self.simulator.access.deny(verb, resource)

    def allow_only(self, rules: Iterable[tuple[str, str, str]]) -> None:
        """The portal's token may do only this: (verb, group, resource or resource/subresource)."""
        self.simulator.access.allow_only(rules)

    def expire(self) -> None:
        """Continue tokens and versions to watch from are too old from now on: 410."""
        self.simulator.expire()

    def warn(self, *sentences: str) -> None:
        """Every write answers these in `Warning` headers."""
        self.world.warnings[:] = sentences

    def set_metrics(self, is_served: bool) -> None:
        """Installs or removes the metrics server."""
        self.world.set_metrics(is_served)

    def set_log(self, pod: str, content: bytes | Callable[[], Iterable[bytes]]) -> None:
        """What a pod's containers have logged: bytes, or what yields them anew for each request."""
        self.world.raw_logs[pod] = content

    def set_long_log(self, pod: str, size: int) -> None:
        """A log of so many bytes, made while it is sent."""

        def chunks() -> Iterator[bytes]:
            left = size
            while left > 0:
                yield _CHUNK[:left]
                left -= len(_CHUNK)

        self.set_log(pod, chunks)

    # -- what happens --------------------------------------------------------------------------------------------------

    def deploy(self, name: str, *, image: str | None = None, env: dict[str, str] | None = None) -> Object:
        """Somebody deploys: another image, or environment variables set. `chatops/gateway:v1.2.4` is faulty, v1.2.5 crashes, v9.9.9
        does not exist."""
        return actions.deploy(self.world, name, image=image, env=env)

    def roll_back(self, name: str) -> Object:
        """Somebody rolls back to the revision before."""
        return actions.roll_back(self.world, name)

    def scale(self, name: str, replicas: int) -> Object:
        """Somebody scales."""
        return actions.scale(self.world, name, replicas)

    def declare(self, image: str, behaviour: Behaviour | None) -> None:
        """An image is `bad`, `faulty` or `unpullable` from now on, or well again."""
        self.world.declare(image, behaviour)

    def set_load(self, service: str, **load: float) -> None:
        """How busy a service is (fields of `world.Load`)."""
        self.world.set_load(service, **load)

    def leak(self, pod: str, *, mib_a_minute: float = 60) -> None:
        """A pod begins to lose memory."""
        self.world.leak(self.pod(pod)["metadata"]["uid"], mib_a_minute)

    def seed_pods(self, count: int) -> None:
        """That many more running pods."""
        seeding.seed_pods(self.world, count)

    def advance(self, seconds: float) -> None:
        """Lets time pass in the cluster, and all that happens in it."""
        self.simulator.advance(seconds)

    def reset(self) -> None:
        """The default world for the next test."""
        self.simulator.reset()

    # -- what there is -------------------------------------------------------------------------------------------------

    def pods(self, app: str) -> list[Object]:
        """The pods of a service (label `app`), in order of name."""
        return actions.pods_of(self.world, app)

    def pod(self, name: str) -> Object:
        """A pod as it is. KeyError where there is none."""
        return self.world.store.objects[PODS][NAMESPACE, name]

    def deployment(self, name: str) -> Object:
        """A deployment as it is. KeyError where there is none."""
        return self.world.store.objects[DEPLOYMENTS][NAMESPACE, name]


@contextmanager
def running_cluster(
    *, state: Path | None = None, tls: bool = False, is_live: bool = False, speed: float = 1.0
) -> Iterator[RunningCluster]:
    """Serves a cluster while the block runs; its state is in memory, or in the file `state`. `tls`: with a certificate of an
    authority that nobody knows."""
    simulator = Simulator(state, speed=speed)
    if is_live:
        simulator.start()
    try:
        with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
            certificates = make_certificates(Path(folder)) if tls else None
            context = certificates.context() if certificates else None
            with served(simulator.app, "cluster", tls=context) as url:
                yield RunningCluster(simulator, url, certificates)
    finally:
        simulator.close()
