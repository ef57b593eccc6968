"""Names with values, as `password=…`, `{"name":"DB_PASSWORD","value":"…"}` or `map[X-Api-Key:[…]]`: the values go. Pure.

It goes from word to word: behind one that turns out harmless, the search goes on within the same name, so that nothing stands
in the shade of something else. Every name is looked at in a bounded stretch of text; a value is read to its end only to be hidden.
"""

import re
import string

from integrations.private_keys import MARK

#: Where a name may begin to tell. Its first letters are spelled out: for them the engine looks fifty times faster than
#: for a letter of either case.
_BEGINNING = re.compile(
    "[pP](?i:ass|wd?|sk)|[sS](?i:ecret|ession|ig|id)|[tT](?i:oken)|[cC](?i:redential)|[kK](?i:ey)|[dD](?i:sn)|密"
)
_KEYS = (
    *("api", "access", "account", "private", "encryption", "signing", "auth", "client", "session", "master", "license"),
    *("subscription", "functions", "storage", "webhook", "deploy"),
)
_KINDS_OF_KEY = "|".join(f"(?<={kind})|(?<={kind}[_.-])" for kind in _KEYS)
#: What tells of a secret wherever it stands in a name.
_SURE = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|(?<!unexpected )token|credentials?|signature|session[_-]?id|密[碼码]"
    rf"|(?:{_KINDS_OF_KEY})key"
)
#: What does so only at the end of a name, before an equals sign; the first three quoted or behind another word, too.
_SHORT = (
    r"(?:(?<![^\W_])|(?-i:(?<=[a-z])(?=[A-Z])))(?:pass|pw|psk|sid|sig|dsn|session)(?=[\"'\\\]]{0,4}[ \t]{0,4}=)"
    r"|(?<=[_.\"'-])(?:pass|pw|psk)(?=[\"'\\]{0,4}[ \t]{0,4}:)"
)
_QUOTE = r"""(?:["'`\\\]]|%(?:25)?(?:2[27]|5c))"""
_NAME = re.compile(
    rf"(?:(?P<word>{_SURE})|(?P<short>{_SHORT}))(?P<suffix>[a-z0-9_.-]{{0,64}}+)(?P<between>"
    # `DB_PASSWORD","value":"`, `DB_PASSWORD⏎  value: `, ` Value:`
    rf"{_QUOTE}{{0,4}}(?:[\s,:={{]|\\{{1,8}}n){{1,64}}+{_QUOTE}{{0,4}}value{_QUOTE}{{0,4}}\s{{0,4}}[:=]\s{{0,4}}"
    rf"|{_QUOTE}{{0,4}}[ \t]{{0,8}}(?:=>|:=|={{1,3}}|[:：＝]|%(?:25){{0,2}}3[ad]|\\u003[ad])[ \t]{{0,8}}"
    r"|(?P<tag>>)(?=[^<>\n]{1,4096}</))",
    re.IGNORECASE,
)
_SCHEME = r"(?:(?:bearer|basic|token|digest)[ \t]{1,4}(?=[^\s\"']))?"
#: To the same quote, with as many backslashes, that no further one stands before.
_QUOTED = r"""[bru]?(?P<quote>""(?=[\w•])|\\{0,8}["'`])(?P<quoted>(?:(?!(?<!\\)(?P=quote))[^\n])*+)"""
_LISTED = r"""\[(?P<listed>(?:[^\]\n]|\](?![\s,;}\])"'\\]|$))*+)"""
_BARE = r"""(?P<bare>(?:[^\s"'\\]|\\(?!["'])|["'](?![\s,;:}\])]|$))++)"""
_VALUE = re.compile(
    rf"[\[(]*+\{{?(?P<nested>(?<=\{{)(?:[\s\"'\\}}]|\w{{1,64}}\s?[:=])|$)|[|>][+-]?[ \t]*+\n[ \t]++(?P<block>[^\n]++)"
    rf"|{_SCHEME}(?:{_QUOTED}|{_LISTED}|{_BARE})",
    re.IGNORECASE,
)
_IN_TAG = re.compile(r"(?P<bare>[^<\n]++)")
_IN_QUERY = re.compile(r"(?P<bare>[^\s\"'\\&#]++)")
#: Names of what is about a secret, or has its name from one: `token_type`, `password_changed_at`, `secretName`,
#: `InvalidTokenError`, and a pod's `token-service-7d9f8b6c5-x2x9z`.
_HARMLESS_SUFFIX = re.compile(
    r"(?:_at|(?-i:At)|count|type|name|length|limit|ttl|expir(?:y|es|ed|ation|es?_?in)|enabled|required|changed|policy"
    r"|version|age|size|ur[il]|endpoint|path|file|class|refs?|issuer|status|error|exception|failure|warning|izer?"
    r"|service|svc|server|store|operator|controller|manager|provider|worker|review|request|sync)"
    r"(?:-[bcdfghjklmnpqrstvwxz2456789]{4,10}){0,2}(?:\.[\w.-]{0,64})?$",
    re.IGNORECASE,
)
#: Nothing, a mark where something was hidden before, a variable that is filled in elsewhere.
_HARMLESS_VALUE = re.compile(
    r"null|nil|none|true|false|undefined|yes|no|\*++|<(?:nil|none|null|redacted|hidden|set|unset)>|\[?redacted\]?|[|>][+-]?"
    r"|(?-i:\$[({]?[A-Z_][A-Z0-9_]*+[)}]?)|",
    re.IGNORECASE,
)
#: A port, a line of a file, a version: `token-service:8080`, `token.go:42`, `token-service:1.2.3`.
_PLACE = re.compile(r"\d{1,5}(?!\w)|v?\d{1,5}\.\d")
_VALUE_FIRST = re.compile(
    r"""(?P<head>[vV](?i:alue)["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}(?P<quote>\\{0,8}["']))"""
    r"""(?:(?!(?<!\\)(?P=quote))[^\n]){1,4096}+"""
    r"""(?P<tail>(?P=quote)[\s,]{1,64}["'\\]{0,4}(?i:name|key)["'\\]{0,4}\s?[:=]\s?["'\\]{0,4}"""
    rf"""(?i:[a-z0-9_.-]{{0,64}}?(?:{_SURE})(?P<suffix>[a-z0-9_.-]{{0,64}}+)))"""
)
#: What may stand behind a value without quotes, and is seldom its own.
CLOSING = ",;)}]>"
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_.%[]-"


def hide_values(text: str) -> str:
    """The text without the values whose names tell of a secret."""
    pieces, done, is_bare = [], 0, False
    for beginning in _BEGINNING.finditer(text):
        name = _NAME.match(text, beginning.start())
        if name is None or (name["word"] and _HARMLESS_SUFFIX.search(name["suffix"])):
            continue
        # A value without quotes may have swallowed a name, but only the beginning of that one's value: `password=a;token:["b c"]`.
        if name.end() < done and not (is_bare and (name["tag"] or text[name.end()] in "[\"'\\")):
            continue
        value = _value_of(name)
        if value is None or (secret := _secret_in(value, name)) is None:
            continue
        start, end = secret
        if end > done:
            pieces += [text[done:start], MARK] if start >= done else []
            done = end
        if value.lastgroup in ("bare", "listed"):
            is_bare = value.lastgroup == "bare"
    return "".join([*pieces, text[done:]])


def hide_values_before_names(text: str) -> str:
    """The text without values that stand before their names: `{"value":"…","name":"DB_PASSWORD"}`."""
    return _VALUE_FIRST.sub(
        lambda found: found[0] if _HARMLESS_SUFFIX.search(found["suffix"]) else f"{found['head']}{MARK}{found['tail']}",
        text,
    )


def _value_of(name: re.Match[str]) -> re.Match[str] | None:
    """What stands behind a name, to the end of the value."""
    text, at = name.string, name.end()
    if name["tag"]:
        return _IN_TAG.match(text, at)
    before = text[max(name.start() - 64, 0) : name.start()].rstrip(_NAME_CHARACTERS)
    is_in_query = name["between"] == "=" and before.endswith(("?", "&"))
    in_query = _IN_QUERY.match(text, at) if is_in_query else None
    return in_query or _VALUE.match(text, at)


def _secret_in(value: re.Match[str], name: re.Match[str]) -> tuple[int, int] | None:
    """From where to where there is something to hide; None where the value is plainly no secret."""
    kind = value.lastgroup
    if kind is None or kind == "nested":
        return None
    start, end = value.span(kind)
    if kind == "bare" and not name["tag"]:
        end = start + len(value[kind].rstrip(CLOSING))
    return None if _is_harmless(value.string[start:end], kind, name) else (start, end)


def _is_harmless(value: str, kind: str, name: re.Match[str]) -> bool:
    """Whether a value only looks as if it were a secret."""
    word, suffix = name["word"] or name["short"], name["suffix"].lower()
    if _HARMLESS_VALUE.fullmatch(value):
        return True
    if kind == "bare" and suffix and name["between"] == ":" and _PLACE.match(value):
        return True
    if suffix.startswith("s") and value.replace(",", "").replace(" ", "").replace(".", "").isdecimal():
        # So many of them: `tokens=512`.
        return True
    if name["short"] or word.lower() == "token":
        return (value.isdecimal() and len(value) < 4) or (word.lower() == "sig" and value.startswith("SIG"))
    # A shell's working directory.
    return word == "PWD" and value.startswith("/")
