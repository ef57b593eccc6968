"""Whatever somebody wrote: Markdown shows it as it stands, in one paragraph."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from documents.markdown import escaped, paragraph

LETTERS = st.text(st.sampled_from(list("ab 1.)+-=#>*_`~|[]()<>!&;:\\/\t\n字")), max_size=60)


def shown(written: str) -> tuple[list[str], list[str]]:
    """The blocks, and the words of each line as a reader sees them."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(written)
    parts = [part for each in tokens for part in each.children or []]
    assert {part.type for part in parts} <= {"text", "text_special", "hardbreak"}
    text = "".join("\n" if part.type == "hardbreak" else part.content for part in parts)
    return [each.type for each in tokens], text.split("\n")


@given(LETTERS)
def test_a_line(text: str) -> None:
    words = " ".join(text.split())
    if words:
        item = ["paragraph_open", "inline", "paragraph_close"]
        blocks = ["bullet_list_open", "list_item_open", *item, "list_item_close", "bullet_list_close"]
        assert shown(f"- {escaped(text)}") == (blocks, [words])


@given(LETTERS)
def test_several_lines(text: str) -> None:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if lines:
        assert shown(paragraph(text)) == (["paragraph_open", "inline", "paragraph_close"], lines)
        blocks, quoted = shown(paragraph(text, prefix="> "))
        assert quoted == lines
        assert blocks[0] == "blockquote_open"
        assert len(blocks) == 5
