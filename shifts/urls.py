from django.urls import path

from shifts.views import calendar, feed, guide, laptop, load, mine, override, preflight, shift

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
    path("shifts/<int:shift_id>/preflight/", preflight.show, name="preflight"),
    path("shifts/<int:shift_id>/preflight/check/", preflight.check, name="preflight_check"),
    path("shifts/<int:shift_id>/preflight/word/", preflight.word, name="preflight_word"),
    path("shifts/<int:shift_id>/preflight/changes/", preflight.tick, name="preflight_changes"),
    path("shifts/<int:shift_id>/preflight/contacts/<int:entry_id>/", preflight.confirm, name="preflight_contact"),
    path("shifts/<int:shift_id>/preflight/test-page/", preflight.test_page, name="preflight_test_page"),
    path("shifts/<int:shift_id>/preflight/laptop/", preflight.laptop, name="preflight_laptop"),
    path("shifts/<int:shift_id>/preflight/cover/", preflight.cover, name="preflight_cover"),
    path("shifts/<int:shift_id>/preflight/start/", preflight.start, name="preflight_start"),
    path("shifts/preflight/board/", preflight.board, name="preflight_board"),
    path("preflight/script/<str:token>/", laptop.script, name="laptop_script"),
    path("guide/", guide.index, name="guide"),
    path("guide/entries/<int:entry_id>/", guide.edit, name="edit_guide_entry"),
    path("guide/entries/<int:entry_id>/remove/", guide.remove, name="remove_guide_entry"),
    path("guide/entries/<int:entry_id>/move/", guide.move, name="move_guide_entry"),
    path("guide/entries/<int:entry_id>/confirm/", guide.confirm, name="confirm_contact"),
    path("guide/entries/<int:entry_id>/restore/<int:version>/", guide.restore, name="restore_guide_entry"),
    path("guide/<slug:page>/", guide.show, name="guide_page"),
    path("guide/<slug:page>/add/", guide.add, name="add_guide_entry"),
    path("calendar/<str:token>.ics", feed.show, name="feed_calendar"),
]
