"""A URL whose view forgot to declare its role."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def undeclared(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


urlpatterns = [path("undeclared/", undeclared), path("", include("oncall_portal.urls"))]
handler403 = "oncall_portal.views.permission_denied"
