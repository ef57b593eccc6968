from django.urls import path

from compensation.views import leave, month, own, rules

app_name = "compensation"

urlpatterns = [
    path("", own.show, name="own"),
    path("leave/", leave.apply, name="apply_for_leave"),
    path("leave/<int:request_id>/", leave.show, name="leave"),
    path("leave/<int:request_id>/withdraw/", leave.withdraw, name="withdraw_leave"),
    path("leave/<int:request_id>/decide/", leave.decide, name="decide_leave"),
    path("months/", month.show_all, name="months"),
    path("months/<str:month>/", month.show, name="month"),
    path("months/<str:month>/draft/", month.draft, name="draft_month"),
    path("months/<str:month>/approve/", month.approve, name="approve_statements"),
    path("months/<str:month>/publish/", month.publish, name="publish_month"),
    path("months/<str:month>/payroll.csv", month.as_csv, name="payroll"),
    path("months/<str:month>/people/<int:person_id>/", own.statement, name="statement"),
    path("lines/<int:line_id>/correct/", month.correct, name="correct_line"),
    path("rules/", rules.show, name="rules"),
    path("rules/new/", rules.new, name="new_rule"),
]
