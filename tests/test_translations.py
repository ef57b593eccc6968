"""The Chinese catalogue: complete, in the right characters and placeholders, and what a Taiwanese reader is shown."""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract
from django.test import Client
from django.utils.translation import override
from django.utils.translation.template import templatize
from pytest_django import Settings

from incidents.forms import SnoozeForm
from tests.cast import browser_of, make_cast

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale/zh_Hant/LC_MESSAGES/django.po"
APPS = ("accounts", "cluster", "compensation", "incidents", "integrations", "shifts", "oncall_portal")

#: Python's %(name)s and %d, the {name} that the browser fills in, and tags.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")
#: Each simplified character beside the one that is written in Taiwan.
CHARACTERS = (
    "确確 应應 级級 时時 间間 轴軸 响響 员員 务務 态態 处處 发發 现現 关關 开開 显顯 筛篩 选選 联聯 络絡 给給 继繼 续續 "
    "错錯 误誤 启啟 动動 输輸 请請 紧緊 优優 协協 变變 单單 号號"
)
HALF_WIDTH_AFTER_CHINESE = re.compile(r"[\u4e00-\u9fff」][,.;:?!]")

#: Babel's description of a call: which argument is the message, which its plural, which ("c") its context.
CALLS: dict[str, tuple[int | tuple[int, int] | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

type Key = tuple[str, str, str]
"""Context, message, plural; '' for none."""


@pytest.fixture(scope="module")
def entries() -> polib.POFile:
    return polib.pofile(str(CATALOGUE), check_for_duplicates=True)


@pytest.fixture
def chinese(entries: polib.POFile, tmp_path: Path, settings: Settings) -> None:
    """The portal with this very catalogue, whatever set-up compiled last."""
    folder = tmp_path / "zh_Hant/LC_MESSAGES"
    folder.mkdir(parents=True)
    entries.save_as_mofile(str(folder / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]


def translations(entry: polib.POEntry) -> list[str]:
    """The entry's words in Chinese: one form, since Chinese has no plural."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def called_with(source: str) -> Iterator[Key]:
    """The messages of Python source. In brackets, because a template made into Python has arbitrary indentation."""
    for _line, message, _comments, context in extract("python", BytesIO(f"(\n{source}\n)".encode()), CALLS):
        singular, plural = (message, "") if isinstance(message, str) else message
        yield context or "", singular, plural


def messages_in_the_source() -> set[Key]:
    """Every message of the templates and of the product's Python."""
    templates = [templatize(path.read_text("utf-8")) for path in (ROOT / "templates").rglob("*.html")]
    modules = [path.read_text("utf-8") for app in APPS for path in (ROOT / app).rglob("*.py")]
    return {key for source in templates + modules for key in called_with(source)}


def test_the_catalogue_has_every_message_of_the_source_and_no_other(entries: polib.POFile) -> None:
    known = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural) for entry in entries if not entry.obsolete}
    used = messages_in_the_source()
    assert used - known == set(), "new messages: run `django-admin makemessages -l zh_Hant --no-location`, translate"
    assert known - used == set(), "no longer used: run makemessages with --no-obsolete"


def test_every_message_is_translated_once_and_for_certain(entries: polib.POFile) -> None:
    unfinished = [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy]
    assert unfinished == []
    assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [entry.msgid for entry in entries if len(translations(entry)) != 1] == []


def test_placeholders_are_the_same_on_both_sides(entries: polib.POFile) -> None:
    def placeholders(text: str) -> Counter[str]:
        return Counter(PLACEHOLDER.findall(text))

    torn = [
        (entry.msgid, words)
        for entry in entries
        for words in translations(entry)
        if placeholders(words) != placeholders(entry.msgid_plural or entry.msgid)
    ]
    assert torn == []


def test_the_characters_are_taiwans(entries: polib.POFile) -> None:
    simplified = {pair[0] for pair in CHARACTERS.split()}
    words = [words for entry in entries for words in translations(entry)]
    assert [text for text in words if simplified & set(text)] == []
    assert [text for text in words if HALF_WIDTH_AFTER_CHINESE.search(text)] == [], (
        "full-width punctuation: ，。；：？！"
    )
    assert [text for text in words if set("“”‘’") & set(text)] == [], "quotation marks: 「」"


@pytest.mark.parametrize(
    ("message", "term"),
    [
        ("Respond", "響應"),
        ("Acknowledge", "確認"),
        ("Escalate", "升級"),
        ("Severity", "嚴重性"),
        ("Receive", "收到告警"),
        ("Assess", "初步評估"),
        ("Judge", "判斷嚴重性"),
        ("Act", "採取行動"),
        ("Resolve or escalate", "解決或升級"),
    ],
)
def test_the_guides_own_terms_are_used(entries: polib.POFile, message: str, term: str) -> None:
    assert [entry.msgstr for entry in entries if entry.msgid == message and not entry.msgctxt] == [term]


@pytest.mark.usefixtures("chinese")
def test_durations_are_put_into_words_for_each_reader() -> None:
    def shown() -> list[str]:
        return [str(label) for _seconds, label in SnoozeForm().fields["duration"].widget.choices]

    with override("en"):
        assert shown() == ["15 minutes", "30 minutes", "1 hour", "4 hours", "24 hours"]
    with override("zh-hant"):
        assert shown() == ["15 分鐘", "30 分鐘", "1 小時", "4 小時", "24 小時"]


@pytest.mark.usefixtures("chinese", "db")
@pytest.mark.parametrize(
    ("asked", "given", "title"),
    [("zh-TW,zh;q=0.9", "zh-hant", "登入 · 值班平台"), ("de", "en", "Sign in · On-Call Portal")],
)
def test_the_sign_in_page_speaks_the_browsers_language(asked: str, given: str, title: str) -> None:
    page = Client(headers={"Accept-Language": asked}).get("/accounts/login/")
    assert page.headers["Content-Language"] == given
    assert f"<title>{title}</title>" in page.text
    assert f'<html lang="{given}"' in page.text


@pytest.mark.usefixtures("chinese", "db")
def test_a_persons_own_language_wins_over_the_browsers() -> None:
    browser = browser_of(make_cast().responder, **{"Accept-Language": "en"})
    browser.post("/accounts/language/", {"language": "zh-hant", "next": "/"})
    page = browser.get("/")
    assert page.headers["Content-Language"] == "zh-hant"
    assert "未解決事件" in page.text
    assert "Open incidents" not in page.text
