from django.urls import path

from cluster.views import catalogue, changes, panel

app_name = "cluster"

urlpatterns = [
    path("services/", catalogue.show, name="catalogue"),
    path("services/<int:entry_id>/", catalogue.edit, name="edit_entry"),
    path("changes/", changes.show, name="changes"),
    path("changes/plan/", changes.plan, name="plan_maintenance"),
    path("changes/<int:change_id>/cancel/", changes.cancel, name="cancel_maintenance"),
    path("cluster/", panel.show, name="cluster"),
    path("cluster/panel/", panel.fragment, name="panel"),
]
