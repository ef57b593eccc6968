"""Setting a page with typst. Pure: what the page says goes in as data and is never markup."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

#: The house's colours and shapes, which every page may import as `house.typ`.
_HOUSE = Path(__file__).parent / "house.typ"


def set_pdf(page: Path, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """A PDF of the typst file `page`, which reads `data` (JSON) from `sys.inputs.data`; `at` is the document's date.

    The same bytes for the same arguments. The page can read no other file. Some 0.1 s.
    """
    # Thirty megabytes that only who asks for a PDF needs.
    import pylopdf_fonts_zh_tw  # noqa: PLC0415
    import typst  # noqa: PLC0415

    # Its stubs do not know that several files may be given by name, of which `main` is the page.
    content: bytes = typst.compile(  # type: ignore[call-overload]
        {"main": page.read_bytes(), _HOUSE.name: _HOUSE.read_bytes()},
        format="pdf",
        font_paths=[str(pylopdf_fonts_zh_tw.sans_path().parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )
    return content
