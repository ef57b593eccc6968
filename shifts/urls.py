from django.urls import URLPattern

app_name = "shifts"

urlpatterns: list[URLPattern] = []
