"""The API server: every path but control's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from simulators.kubernetes import errors, metrics, protobuf, writes
from simulators.kubernetes.access import Access
from simulators.kubernetes.discovery import answer_discovery
from simulators.kubernetes.lists import Lists, matcher
from simulators.kubernetes.patches import ACCEPTED, apply_patch
from simulators.kubernetes.request import Target, is_dry_run, json_body, number, object_body, target_of
from simulators.kubernetes.resources import (
    ACCESS_REVIEWS,
    POD_METRICS,
    PODS,
    Object,
    Resource,
)
from simulators.kubernetes.rest_logs import answer_log
from simulators.kubernetes.tables import table, wants_table
from simulators.kubernetes.watching import watch
from simulators.kubernetes.world import World
from simulators.kubernetes.writes import Written

_HEALTH = ("/healthz", "/livez", "/readyz")


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(raw, status_code=status, headers=headers, media_type="application/json")


class Api:
    """One handler for all paths: what a path means is read from it, as the API server does."""

    def __init__(self, world: World, access: Access) -> None:
        self._world = world
        self._access = access
        self.lists = Lists(world)

    async def answer(self, request: Request) -> Response:
        """Any request; a refusal becomes its `Status`."""
        try:
            return await self._answer(request)
        except errors.ApiError as refusal:
            return JSONResponse(refusal.body(), status_code=refusal.status, headers=refusal.headers)

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.rstrip("/") or "/"
        if path in _HEALTH:
            return PlainTextResponse("ok")
        if (
            request.method == "GET"
            and (found := answer_discovery(path, has_metrics=self._world.has_metrics)) is not None
        ):
            return _json(found)
        target = target_of(path)
        if target is None or (target.resource is POD_METRICS and not self._world.has_metrics):
            if path.startswith("/apis/") and answer_discovery(
                "/".join(path.split("/")[:4]), has_metrics=self._world.has_metrics
            ):
                raise errors.no_such_resource()
            return PlainTextResponse("404 page not found\n", status_code=404)
        verb = target.verb(request.method, request.query_params)
        self._access.check(request.scope["user"], verb, target)
        below = target.resource.subresource(target.subresource)
        if verb not in (below.verbs if below else target.resource.verbs):
            raise errors.method_not_allowed()
        return await self._serve(request, target, verb)

    async def _serve(self, request: Request, target: Target, verb: str) -> Response:
        query = request.query_params
        if verb == "create":
            return _json(self._review(request.scope["user"], await _review_body(request)), 201)
        if verb in ("patch", "update"):
            return await self._update(request, target, verb)
        if verb == "delete":
            return await self._delete(request, target)
        if verb == "watch":
            render = self._render_one(request, target.resource)
            return StreamingResponse(watch(self._world, target, query, render), media_type="application/json")
        with self._world.transaction():
            if target.subresource == "log":
                return answer_log(self._world, target, query)
            if verb == "get":
                return _json(self._render_one(request, target.resource)(self._object(target)))
            return self._list(request, target)

    # -- reads -------------------------------------------------------------------------------------------------------

    def _object(self, target: Target) -> Object:
        if target.resource is POD_METRICS:
            pod = self._world.store.get(PODS, target.namespace, target.name)
            measured = metrics.pod_metrics(self._world, [pod] if pod else [])
            if not measured:
                raise errors.not_found(POD_METRICS, f"{target.namespace}/{target.name}")
            return {"kind": "PodMetrics", "apiVersion": POD_METRICS.api_version, **measured[0]}
        found = self._world.store.get(
            target.resource, target.namespace if target.resource.is_namespaced else "", target.name
        )
        if found is None:
            raise errors.not_found(target.resource, target.name)
        return writes.scale_of(found) if target.subresource == "scale" else found

    def _list(self, request: Request, target: Target) -> Response:
        if target.resource is POD_METRICS:
            matches = matcher(Target(PODS, target.namespace), request.query_params)
            pods = list(filter(matches, self._world.store.all(PODS, target.namespace)))
            return _json(
                {
                    "kind": "PodMetricsList",
                    "apiVersion": POD_METRICS.api_version,
                    "metadata": {},
                    "items": metrics.pod_metrics(self._world, pods),
                }
            )
        page = self.lists.page(target, request.query_params)
        meta: Object = {"resourceVersion": str(page.version)}
        if page.go_on:
            meta["continue"] = page.go_on
            if not request.query_params.get("labelSelector") and not request.query_params.get("fieldSelector"):
                meta["remainingItemCount"] = page.remaining
        resource = target.resource
        if wants_table(request.headers.get("accept", "")):
            return _json(table(resource, page.items, meta, self._world.now()))
        # Inside a list, objects do not say what they are: the list does.
        items = [
            {name: value for name, value in body.items() if name not in ("kind", "apiVersion")} for body in page.items
        ]
        return _json(
            {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta, "items": items}
        )

    def _render_one(self, request: Request, resource: Resource) -> Callable[[Object], Object]:
        if not wants_table(request.headers.get("accept", "")):
            return lambda body: body
        return lambda body: table(
            resource, [body], {"resourceVersion": body["metadata"]["resourceVersion"]}, self._world.now()
        )

    # -- writes ------------------------------------------------------------------------------------------------------

    async def _update(self, request: Request, target: Target, verb: str) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip()
        body = await json_body(request)
        if verb == "patch":
            if media_type not in ACCEPTED:
                raise errors.unsupported_media_type(ACCEPTED)
        elif not isinstance(body, dict):
            raise errors.bad_request("the object provided is unrecognized (must be of type Object)")

        def change(before: Object) -> Object:
            return apply_patch(media_type, before, body) if verb == "patch" else body

        is_dry = is_dry_run(request.query_params, kind="PatchOptions" if verb == "patch" else "UpdateOptions")
        with self._world.transaction():
            if target.subresource == "scale":
                written = writes.update_scale(self._world, target.namespace, target.name, change, is_dry_run=is_dry)
            else:
                is_strict = request.query_params.get("fieldValidation") == "Strict"
                written = writes.update_deployment(
                    self._world, target.namespace, target.name, change, is_dry_run=is_dry, is_strict=is_strict
                )
        return _written(written)

    async def _delete(self, request: Request, target: Target) -> Response:
        options = await object_body(request) if await request.body() else {}
        grace = options.get("gracePeriodSeconds", number(request.query_params, "gracePeriodSeconds"))
        is_dry = is_dry_run(request.query_params, options, kind="DeleteOptions")
        with self._world.transaction():
            written = writes.delete_pod(
                self._world,
                target.namespace,
                target.name,
                preconditions=options.get("preconditions") or {},
                grace_seconds=grace,
                is_dry_run=is_dry,
            )
        return _written(written)

    def _review(self, user: str, body: Object) -> Object:
        """What one may do, in answer to a SelfSubjectAccessReview."""
        spec = body.get("spec") or {}
        about = spec.get("resourceAttributes")
        if not about:
            cause = errors.Cause(
                "spec.resourceAttributes",
                "exactly one of nonResourceAttributes or resourceAttributes must be specified",
            )
            raise errors.invalid(ACCESS_REVIEWS, "", [cause])
        what = "/".join(filter(None, (about.get("resource", ""), about.get("subresource", ""))))
        is_allowed = self._access.may(user, about.get("verb", ""), about.get("group", ""), what)
        status = {"allowed": is_allowed, **({"reason": "RBAC: allowed by the demo world"} if is_allowed else {})}
        return {
            "kind": "SelfSubjectAccessReview",
            "apiVersion": ACCESS_REVIEWS.api_version,
            "metadata": {"creationTimestamp": None},
            "spec": spec,
            "status": status,
        }


async def _review_body(request: Request) -> Object:
    """kubectl sends this one as protobuf, the other clients as JSON."""
    if not request.headers.get("Content-Type", "").startswith(protobuf.MEDIA_TYPE):
        return await object_body(request)
    try:
        return protobuf.read_review(await request.body())
    except ValueError as error:
        raise errors.bad_request(f"unable to read the review: {error}") from error


def _written(written: Written) -> Response:
    response = _json(written.body)
    for sentence in written.warnings:
        text = sentence.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.append("Warning", f'299 - "{text}"')
    return response
