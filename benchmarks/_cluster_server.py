"""`python -m benchmarks._cluster_server`: pages of pods and a long log, as fast as a socket takes them. Prints its port.

Everything is made before the first request, so that what is measured is the client.
"""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PODS, PAGE = 5_000, 500
LOG_BYTES, CHUNK = 100_000_000, 1_000_000
LINE = b"2026-11-26T10:00:00Z ERROR upstream timed out after 5000 ms request=6f1c" + b"." * 27 + b"\n"


def pod(number: int) -> dict[str, Any]:
    """One as a cluster has it: some seven kilobytes, half of them who manages which field."""
    name, at = f"chatops-gateway-6c5d7f9b8-{number:05}", "2026-11-26T08:00:00Z"
    fields: dict[str, Any] = {
        f'k:{{"name":"ENV_{each}"}}': {".": {}, "f:name": {}, "f:value": {}} for each in range(24)
    }
    managed = {"f:spec": {"f:containers": {'k:{"name":"gateway"}': {".": {}, "f:env": fields, "f:image": {}}}}}
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "metadata": {
            "name": name,
            "generateName": "chatops-gateway-6c5d7f9b8-",
            "namespace": "chatops",
            "uid": f"00000000-0000-4000-8000-{number:012}",
            "resourceVersion": str(900_000 + number),
            "creationTimestamp": at,
            "labels": {"app": "chatops-gateway", "pod-template-hash": "6c5d7f9b8", "team": "chatops"},
            "annotations": {"kubectl.kubernetes.io/restartedAt": at, "prometheus.io/scrape": "true"},
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "ReplicaSet",
                    "name": "chatops-gateway-6c5d7f9b8",
                    "uid": "r",
                    "controller": True,
                }
            ],
            "managedFields": [
                {"manager": "kube-controller-manager", "operation": "Update", "time": at, "fieldsV1": managed},
                {"manager": "kubelet", "operation": "Update", "time": at, "subresource": "status", "fieldsV1": managed},
            ],
        },
        "spec": {
            "nodeName": f"node-{number % 200}",
            "containers": [
                {
                    "name": "gateway",
                    "image": "registry.example.com/chatops/gateway:v1.2.3",
                    "env": [{"name": f"ENV_{each}", "value": f"value of {each}"} for each in range(24)],
                    "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "512Mi"}},
                    "volumeMounts": [{"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
                }
            ],
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}]
            * 2,
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": each, "status": "True", "lastTransitionTime": at} for each in conditions],
            "containerStatuses": [
                {
                    "name": "gateway",
                    "image": "registry.example.com/chatops/gateway:v1.2.3",
                    "imageID": "registry.example.com/chatops/gateway@sha256:" + "0" * 64,
                    "ready": True,
                    "restartCount": number % 3,
                    "state": {"running": {"startedAt": at}},
                    "lastState": {},
                }
            ],
        },
    }


def pages() -> list[bytes]:
    """The list, cut as `limit=500` cuts it."""
    starts = range(0, PODS, PAGE)
    return [
        json.dumps(
            {
                "kind": "PodList",
                "metadata": {"continue": f"page-{index + 1}" if index + 1 < len(starts) else ""},
                "items": [pod(number) for number in range(start, start + PAGE)],
            },
            separators=(",", ":"),
        ).encode()
        for index, start in enumerate(starts)
    ]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages: list[bytes]

    def do_GET(self) -> None:
        if "/log?" in self.path:
            self._answer(LOG_BYTES)
            chunk = LINE * (CHUNK // len(LINE))
            for _ in range(LOG_BYTES // CHUNK):
                self.wfile.write(chunk)
            return
        asked = re.search(r"continue=page-(\d+)", self.path)
        page = self.pages[int(asked[1]) if asked else 0]
        self._answer(len(page))
        self.wfile.write(page)

    def _answer(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # A client that has read enough hangs up.

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    Handler.pages = pages()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
