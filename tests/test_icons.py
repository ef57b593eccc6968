"""Every icon that a template names is there: one that is not breaks its page only when somebody needs it."""

import re
from pathlib import Path

from oncall_portal.templatetags.portal import icon

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r'{%\s*icon\s+"([^"]+)"')


def test_every_icon_is_there() -> None:
    names = {name for path in (ROOT / "templates").rglob("*.html") for name in NAMED.findall(path.read_text("utf-8"))}
    assert len(names) > 50
    for name in sorted(names):
        assert "<svg" in icon(name), name
