"""All URLs. `/live/` is not here: it is served beside Django (`oncall_portal.asgi`)."""

from django.urls import include, path

from oncall_portal import views
from oncall_portal.health import health, healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("health/", health, name="health"),
    path("accounts/", include("accounts.urls")),
    path("", include("cluster.urls")),
    path("", include("incidents.urls")),
    path("", include("shifts.urls")),
    path("compensation/", include("compensation.urls")),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
