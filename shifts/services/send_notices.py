"""Taking to Slack what people are told of their shifts, where they chose so, each notice once."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

from accounts.database_time import database_now
from accounts.services.note_people import user_of
from accounts.services.post_due import Rendered, post_due
from accounts.slack_post import OLD_NEWS
from integrations.slack import Slack
from integrations.slack_words import line, plain
from integrations.text import clean_text
from shifts.models import Notice
from shifts.notice_words import notice_words

#: Yesterday's reminder is no news.
NEWS_FOR = timedelta(hours=6)
#: Slack's limit of a header-less text block is 3,000 characters.
LONGEST_TEXT = 1_000


def send_notices(*, slack: Slack) -> str:
    """Sends what is due, the oldest first; what is no news any more is not sent. Says what it did."""
    return post_due(Notice.objects.select_related("person"), slack=slack, render=_rendered, why_not=_no_news, limit=20)


def _rendered(notice: Notice) -> Rendered:
    """Names and reasons are untrusted: they stand in plain text, in which nothing is a mention, a link or a format."""
    user = user_of(notice.person)
    zone = ZoneInfo(user.time_zone if user else settings.TIME_ZONE)
    with translation.override(settings.PORTAL_LANGUAGE):
        sentence = f"{notice.person.name}: {notice_words(notice.kind, notice.data, zone)}"
    text = plain(clean_text(sentence.replace("\n", " "), limit=LONGEST_TEXT))
    return line(sentence, limit=LONGEST_TEXT), [{"type": "section", "text": text}]


def _no_news(notice: Notice) -> str:
    return OLD_NEWS if database_now() - notice.created_at > NEWS_FOR else ""
