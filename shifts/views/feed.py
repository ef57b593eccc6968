"""Calendar feeds: whoever knows the token may read, and no more than that one calendar."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import open_to_anyone
from shifts.feeds import calendar_bytes, etag_of, shifts_of_feed
from shifts.models import CalendarFeed
from shifts.services.make_feed import digest_of, note_read


@open_to_anyone
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar; 404 in words for a token that is unknown, revoked, or of somebody who may not sign in any more.

    All three read the same, so that an answer tells nobody which tokens there once were.
    """
    feeds = CalendarFeed.objects.filter(token_digest=digest_of(token), revoked_at=None, user__is_active=True)
    feed = feeds.select_related("user", "schedule").first()
    if feed is None:
        words = _("There is no such calendar. Its address may have been revoked; make a new one under “My shifts”.")
        return HttpResponse(f"{words}\n", status=404, content_type="text/plain; charset=utf-8")
    note_read(feed_id=feed.pk)
    with translation.override(feed.user.language), timezone.override(ZoneInfo(feed.user.time_zone)):
        content = calendar_bytes(feed, shifts_of_feed(feed, database_now()), address=settings.PORTAL_URL.rstrip("/"))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = etag_of(content)
    response.headers["Cache-Control"] = "private, max-age=300, must-revalidate"
    response.headers["Content-Disposition"] = 'inline; filename="shifts.ics"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return get_conditional_response(request, etag=etag_of(content), response=response) or response
