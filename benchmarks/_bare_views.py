"""The limits that the portal's pages are measured against: the least Django view that does the same kind of work."""

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from incidents.selectors import open_incidents

UPSERT = "INSERT INTO bare_delivery (delivery_id, body) VALUES (%s, %s) ON CONFLICT DO NOTHING"


@csrf_exempt
def constant(_request: HttpRequest) -> HttpResponse:
    """Nothing at all."""
    return HttpResponse("ok")


@csrf_exempt
def upsert(request: HttpRequest) -> HttpResponse:
    """One upsert of the body, unverified and unread."""
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [request.headers.get("X-Webhook-Id"), request.body])
    return HttpResponse("ok", status=202)


@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """Fifty rows by one query of the ORM and one template, for a signed-in person."""
    incidents = open_incidents().select_related("service").order_by("-triggered_at", "-number")[:50]
    return render(request, "rows.html", {"incidents": incidents})


urlpatterns = [path("constant", constant), path("upsert", upsert), path("rows", rows)]
