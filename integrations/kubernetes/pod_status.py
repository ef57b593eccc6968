"""How a pod is, in the words of `kubectl get pods`. Pure.

Source: kubectl's STATUS and RESTARTS columns (`printPod` in Kubernetes' printers): the containers' trouble goes before the phase,
an init container's trouble before both.
"""

from collections.abc import Iterable, Iterator

from integrations.kubernetes.types import Container
from integrations.kubernetes.wire import (
    WireContainer,
    WireContainerStatus,
    WirePod,
    WireState,
    WireTerminated,
)


def status_of(pod: WirePod) -> str:
    """What STATUS shows."""
    status = pod.status
    if pod.metadata.deletion_timestamp is not None and status.reason == "NodeLost":
        return "Unknown"
    if pod.metadata.deletion_timestamp is not None and status.phase not in ("Succeeded", "Failed"):
        return "Terminating"
    shown = status.reason or status.phase
    if any(each.type == "PodScheduled" and each.reason == "SchedulingGated" for each in status.conditions or []):
        shown = "SchedulingGated"
    initial = _initialising(pod)
    if initial and not _is_true(pod, "Initialized"):
        return initial
    return _running(pod, initial or shown)


def restarts_of(pod: WirePod) -> int:
    """What RESTARTS shows: while it starts, all init containers'; afterwards those of what keeps running."""
    init = pod.status.init_container_statuses or []
    main = pod.status.container_statuses or []
    if _initialising(pod) and not _is_true(pod, "Initialized"):
        return sum(each.restart_count for each in init)
    sidecars = _sidecars(pod)
    return sum(each.restart_count for each in main) + sum(each.restart_count for each in init if each.name in sidecars)


def containers_of(pod: WirePod) -> Iterator[Container]:
    """The pod's containers in the order of its spec, then its init containers."""
    spec, status = pod.spec, pod.status
    yield from _joined(spec.containers or [], status.container_statuses or [])
    yield from _joined(spec.init_containers or [], status.init_container_statuses or [])


def _joined(specified: Iterable[WireContainer], reported: Iterable[WireContainerStatus]) -> Iterator[Container]:
    """A container that the kubelet has not told of yet is waiting."""
    told = {each.name: each for each in reported}
    for container in specified:
        status = told.get(container.name) or WireContainerStatus(name=container.name)
        state, last = status.state, status.last_state.terminated
        yield Container(
            name=container.name,
            image=container.image or status.image,
            is_ready=status.ready,
            restarts=status.restart_count,
            state="terminated" if state.terminated else "running" if state.running is not None else "waiting",
            reason=_reason(state),
            last_reason=_ending(last) if last else "",
            last_exit_code=last.exit_code if last else None,
        )


def _reason(state: WireState) -> str:
    if state.terminated:
        return _ending(state.terminated)
    return state.waiting.reason if state.waiting else ""


def _ending(ended: WireTerminated) -> str:
    """Why it ended: the kubelet's word, else the signal or the exit code."""
    return ended.reason or (f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}")


def _initialising(pod: WirePod) -> str:
    """`Init:…` for the first init container that is not through; "" where all are."""
    sidecars = _sidecars(pod)
    for number, each in enumerate(pod.status.init_container_statuses or []):
        ended, waiting = each.state.terminated, each.state.waiting
        if (ended and ended.exit_code == 0) or (each.name in sidecars and each.started):
            continue
        if ended:
            return f"Init:{_ending(ended)}"
        if waiting and waiting.reason not in ("", "PodInitializing"):
            return f"Init:{waiting.reason}"
        return f"Init:{number}/{len(pod.spec.init_containers or [])}"
    return ""


def _running(pod: WirePod, shown: str) -> str:
    """The first container's trouble wins. A pod is no «Completed» one while another of its containers runs."""
    has_running = False
    for each in reversed(pod.status.container_statuses or []):
        if reason := _reason(each.state):
            shown = reason
        elif each.ready and each.state.running is not None:
            has_running = True
    if shown == "Completed" and has_running:
        return "Running" if _is_true(pod, "Ready") else "NotReady"
    return shown


def _sidecars(pod: WirePod) -> set[str]:
    """Init containers that keep running beside the others."""
    return {each.name for each in pod.spec.init_containers or [] if each.restart_policy == "Always"}


def _is_true(pod: WirePod, condition: str) -> bool:
    return any(each.type == condition and each.status == "True" for each in pod.status.conditions or [])
