"""What a page shows of a review's document, in the words that every shape of it has."""

from datetime import datetime

from django import template

from incidents.review import words
from incidents.review.document import ReviewDocument, ToDo

register = template.Library()
register.filter("review_head", words.head)
register.filter("review_state", words.state)
register.filter("clock_verdict", words.verdict)
register.filter("clock_tone", words.tone)


@register.filter
def at_in(at: datetime, document: ReviewDocument) -> str:
    """A time of the document's lists, in the team's zone."""
    return words.clock_time(at, document)


@register.filter
def turn_of(number: int, document: ReviewDocument) -> str:
    return words.turn_label(number, document)


@register.filter
def review_to_do(task: ToDo) -> str:
    return words.to_do(task.owner, task.due_on.isoformat())
