"""What somebody wrote in Markdown becomes HTML that can do nothing."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.markdown import ATTRIBUTES, TAGS, render
from incidents.runbook_panel import runbook_address


def test_what_a_runbook_needs() -> None:
    html = render(
        "## By hand\n\n1. *look*\n2. **act**\n\n```sh\nkubectl get pods -l app=<x>\n```\n\n|a|b|\n|:-|-:|\n|1|2|\n"
    )
    assert "<h2>By hand</h2>" in html
    assert "<li><em>look</em></li>" in html
    assert "<pre><code>kubectl get pods -l app=&lt;x&gt;\n</code></pre>" in html
    assert "<td>1</td>" in html


@pytest.mark.parametrize(("top", "levels"), [(2, ["h2", "h2", "h3", "h6"]), (3, ["h3", "h3", "h4", "h6"])])
def test_headings_begin_where_the_page_wants_them(top: int, levels: list[str]) -> None:
    html = render("# a\n## b\n### c\n###### d", top=top)
    assert re.findall(r"<(h\d)>", html) == levels


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example.com/track.png)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](vbscript:x)",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        '[x](https://a.example.com "q\\" onmouseover=\\"alert(1)")',
        "[x](https://a.example.com/?\"onmouseover=alert(1))",
        "```x\" onclick=\"alert(1)\ncode\n```",
        "<iframe src=https://evil.example.com></iframe>",
        "<style>body{display:none}</style>",
        '<p style="position:fixed">x</p>',
        "<form action=/incidents/1/resolve/><button>x</button></form>",
        "<a href=x><svg/onload=alert(1)>",
        "<!-- x --><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    ],
)  # fmt: skip
def test_hostile_text_is_text(text: str) -> None:
    html = render(text, resolve=runbook_address)
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= TAGS - {"hr"}
    for tag, inside in re.findall(r"<([a-z0-9]+)((?:\s[^>]*)?)>", html):
        names = re.findall(r'\s([a-z-]+)="[^"]*"', inside)
        assert set(names) <= ATTRIBUTES.get(tag, set()) | {"rel"}
        assert not re.sub(r'\s[a-z-]+="[^"]*"', "", inside)
    for target in re.findall(r'href="([^"]*)"', html):
        assert target.startswith("https://")


@given(
    st.lists(
        st.sampled_from(["<", ">", '"', "'", "&", "`", "*", "[", "](", ")", "!", "\n", "    ", "|", "-", "#", "\\", "=", ":"])
        | st.sampled_from(["javascript:", "script", "img src=x onerror=y", "a href=", "style=", "https://x.y", "&#x3c;"])
        | st.text(max_size=3),
        max_size=30,
    ).map("".join)
)  # fmt: skip
@example("[a](<javascript:x>)")
def test_whatever_is_written_only_the_list_comes_out(text: str) -> None:
    html = render(text)
    assert set(re.findall(r"<([a-zA-Z0-9]+)", html)) <= TAGS
    assert not re.search(r"<[^>]*\s(?:on\w+|style|src|class|id)\s*=", html)
    assert all(target.startswith(("http://", "https://", "mailto:")) for target in re.findall(r'href="([^"]*)"', html))


def test_links_tell_nobody_where_they_were_followed() -> None:
    assert render("[x](https://a.example.com)") == '<p><a href="https://a.example.com" rel="noreferrer">x</a></p>\n'


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("high-cpu.md", "/runbooks/high-cpu/"),
        ("../high-cpu.md", None),
        ("High-CPU.md", None),
        ("//evil.example.com/a.md", None),
        ("/accounts/logout/", None),
        ("#top", None),
    ],
)
def test_a_relative_link_leads_to_another_runbook_or_nowhere(target: str, address: str | None) -> None:
    found = re.findall(r'href="([^"]*)"', render(f"[x]({target})", resolve=runbook_address))
    assert found == ([address] if address else [])
