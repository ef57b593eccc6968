"""Markdown as HTML that is safe to show: the syntax first, then only what is on a list. Pure; the text is untrusted.

No HTML of the text's own, no images, no styles. Links lead to http, https or mail, or to another runbook.
"""

from collections.abc import Callable
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "em", "strong", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
LOWEST_HEADING = 6
#: The page's own title is the first; a text begins with the second.
FIRST_HEADING = 2

type Resolve = Callable[[str], str | None]


def _nowhere(_target: str) -> None:
    return None


@lru_cache(maxsize=256)
def render(text: str, *, top: int = FIRST_HEADING, resolve: Resolve = _nowhere) -> SafeString:
    """The text as HTML. Its headings begin at level `top`, wherever it is shown.

    `resolve` gives the address of a link within the portal by its relative target; None drops the target and keeps the words.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.core.ruler.push("headings", lambda state: _lower_headings(state, top))
    clean = nh3.clean(
        parser.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        url_relative=resolve,
        link_rel="noreferrer",
    )
    return mark_safe(clean)  # noqa: S308  # cleaned by the list above


def _lower_headings(state: StateCore, top: int) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            level = max(int(token.tag[1:]), FIRST_HEADING) + top - FIRST_HEADING
            token.tag = f"h{min(level, LOWEST_HEADING)}"
