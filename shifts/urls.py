from django.urls import path

from shifts.views import calendar, feed, load, mine, override, shift

app_name = "shifts"

urlpatterns = [
    path("shifts/", calendar.show, name="calendar"),
    path("shifts/mine/", mine.show, name="mine"),
    path("shifts/mine/reminders/", mine.remind, name="choose_reminders"),
    path("shifts/mine/feeds/", mine.add_feed, name="make_feed"),
    path("shifts/mine/feeds/<int:feed_id>/revoke/", mine.drop_feed, name="revoke_feed"),
    path("shifts/notices/", mine.notices, name="notices"),
    path("shifts/notices/unseen/", mine.unseen_notices, name="unseen_notices"),
    path("shifts/notices/seen/", mine.see_notices, name="see_notices"),
    path("shifts/load/", load.show, name="load"),
    path("shifts/override/", override.edit, name="override"),
    path("shifts/overrides/<int:override_id>/cancel/", shift.cancel, name="cancel_override"),
    path("shifts/covers/<int:request_id>/accept/", shift.accept, name="accept_cover"),
    path("shifts/covers/<int:request_id>/withdraw/", shift.withdraw, name="withdraw_cover"),
    path("shifts/<int:shift_id>/", shift.show, name="shift"),
    path("shifts/<int:shift_id>/take/", shift.take, name="take_now"),
    path("shifts/<int:shift_id>/cover/", shift.ask_cover, name="request_cover"),
    path("calendar/<str:token>.ics", feed.show, name="feed_calendar"),
]
