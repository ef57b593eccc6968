"""Taking secrets out of what a log says, before anything of it is stored. Pure; the text is untrusted.

What was removed stays recognisable by its shape (`password=•••`, `Bearer •••`). Every rule looks at a character a bounded
number of times, so that no line takes longer than its length is worth. Redacting twice changes nothing.
"""

import base64
import binascii
import re
from collections.abc import Callable
from itertools import zip_longest

MARK = "•••"

_KEY_MARKER = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(
    r"(?:•••)?+(?:\s*+(?:Proc-Type|DEK-Info|Version|Comment):[^\n]*+)*+(?:\s|\\[nr])*+"
    r"(?:[A-Za-z0-9+/=]{16,}+(?:\s|\\[nr])*+)*+(?:[A-Za-z0-9+/]{1,16}={1,2})?+"
)
_LONGEST_KEY = 16_384

_AUTHORIZATION = re.compile(
    r"""(?P<name>\b(?:proxy-)?authorization["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4})"""
    r"""(?:(?P<many>(?:digest|aws4-hmac-sha256|hawk|signature)[ \t]{1,4})[^"'\\\r\n]++"""
    r"""|(?P<scheme>[a-z0-9-]{1,20}[ \t]{1,4}(?=[^\s"',;\\]))?[^\s"',;\\]++)""",
    re.IGNORECASE,
)
_BEARER = re.compile(
    r"\b(bearer[ \t]{1,4})(?:(?=[a-z._~+/=-]{0,64}[0-9])[a-z0-9._~+/=-]{6,}+|[a-z0-9._~+/=-]{24,}+)", re.IGNORECASE
)
_BASIC = re.compile(r"\b(basic[ \t]{1,4})([a-z0-9+/_-]{4,}+={0,2})", re.IGNORECASE)
_COOKIE = re.compile(
    r"""\b((?:set-)?cookie2?["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4})([^"'\r\n]++)""", re.IGNORECASE
)
_COOKIE_PAIR = re.compile(r"(^|;[ \t]*+)([^=;\s]++)=[^;\s]*+")
#: What stands behind a cookie's value in Set-Cookie and is no secret.
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority"})
# A password may hold slashes and at signs; what looks like a port is none. It ends before the next URL begins.
_URL = re.compile(
    r"""(?<![a-z0-9+.-])(?P<scheme>[a-z][a-z0-9+.-]{0,63}://)"""
    r"""(?:(?P<user>[^\s:/?#@"'<>\\]{0,256}:)(?!\d{1,5}(?:[/?#]|\s|$))(?:(?!://)[^\s"'<>\\]){1,4096}@"""
    r"""|[^\s:/?#@"'<>\\]{16,512}@)""",
    re.IGNORECASE,
)
_SLACK_HOOK = re.compile(
    r"(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_-]++", re.IGNORECASE
)
#: What vendors begin their tokens with, so that they are found wherever they stand.
_VENDOR_TOKEN = re.compile(
    r"(gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|(?:sk|rk|pk)_(?:live|test)_|whsec_|pypi-Ag|dop_v1_|hv[sbr]\.|ya29\."
    r"|shpat_|lin_api_|(?<![A-Za-z0-9_-])(?:AIza|SG\.|sk-|hf_))[A-Za-z0-9_.-]{16,}+"
)
_VENDOR_WORDS = (
    *(
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xox",
        "xapp-",
        "sk_",
        "rk_",
        "pk_",
        "whsec_",
        "pypi-ag",
    ),
    *("dop_v1_", "hvs.", "hvb.", "hvr.", "ya29.", "shpat_", "lin_api_", "aiza", "sg.", "sk-", "hf_"),
)
_NPM_TOKEN = re.compile(r"(npm_)[A-Za-z0-9]{36}(?![A-Za-z0-9_])")
# A key's id, and what follows it closely and has the shape of its secret.
_AWS_ID = re.compile(r"(?<![A-Z0-9])(A3T[A-Z0-9]|AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA)[A-Z0-9]{12,}+")
_AWS_SECRET = re.compile(
    r"((?<![A-Z0-9])(?:AKIA|ASIA)•••[^\n]{0,60}?)(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/])"
)
# Of a run of these characters only the beginning may begin a token.
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+)*+")

_PAIR = re.compile(
    r"""(?P<key>(?:password|passwd|passphrase|passcode|pwd|secret|(?<!unexpected )token|api[_.-]?key|access[_.-]?key"""
    r"""|account[_.-]?key|private[_.-]?key|encryption[_.-]?key|signing[_.-]?key|credentials?|auth[_-]?key|client[_.-]?key"""
    r"""|session[_-]?(?:id|key)|signature"""
    r"""|(?:(?<=[_.-])|\b)(?:pass|sid|sig|dsn|session)(?=["'\\]{0,4}[ \t]{0,4}=)|(?<=[_.-])pass(?=["'\\]{0,4}[ \t]{0,4}:)))"""
    r"""(?P<suffix>[a-z0-9_.-]{0,40})"""
    r"""(?P<between>["'\\\]]{0,4}[ \t]{0,4}(?:=>|:=|[:=]|%3[ad])[ \t]{0,4})"""
    r"""(?P<scheme>(?:bearer|basic|token|digest)[ \t]{1,4}(?=[^\s"']))?"""
    r"""(?P<value>\\+"(?:[^"\\\n]|\\(?!\\*"))*+|"(?:[^"\\\n]|\\.)*+|'(?:[^'\\\n]|\\.)*+"""
    r"""|(?:[^\s"'\\]|\\(?!["'])|["'](?![\s,;:}\])]|$))++)""",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"""((?<![\w-])--?[a-z0-9-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)[ \t]{1,4}["']?"""
    r"""|\b(?:password|identified[ \t]{1,4}by)[ \t]{1,4}["'])((?<=["'])[^"'\n]++|(?<!["'])[^\s"'-][^\s"']*+)""",
    re.IGNORECASE,
)
#: Keys that speak of a secret without being one: `token_type`, `password_changed_at`, `secretName`.
_HARMLESS_SUFFIX = re.compile(
    r"(?:_at|count|type|name|length|limit|ttl|expir(?:y|es|ed|es_?in)|enabled|required|changed)$", re.IGNORECASE
)
_HARMLESS_VALUE = re.compile(
    r"null|nil|none|true|false|undefined|\*+|<(?:nil|none|null|redacted|hidden|set|unset)>|\[?redacted\]?|",
    re.IGNORECASE,
)
_QUERY_NAME = re.compile(r"[\w.%\[-]*$")


def redact(text: str) -> str:
    """The text without secrets."""
    text = hide_private_keys(text)
    folded = text.casefold()
    for words, pattern, replacement in _RULES:
        # Looking for a word is a hundred times cheaper than trying the pattern at every character.
        if any(word in folded for word in words):
            text = pattern.sub(replacement, text)
    return text


def hide_private_keys(text: str) -> str:
    """The text without what stands between the beginning and the end of a private key; of a key that was cut, too.

    The only secret that lasts for several lines: whoever redacts single lines calls this first.
    """
    markers = list(_KEY_MARKER.finditer(text)) if "PRIVATE KEY" in text else []
    pieces, done = [], 0
    for marker, following in zip_longest(markers, markers[1:]):
        if marker.start() < done:
            continue
        before = text[done : marker.start()]
        pieces += [_without_last_lines(before) if marker[1] == "END" else before, marker[0]]
        done = marker.end()
        if marker[1] == "BEGIN":
            pieces.append(MARK)
            is_whole = following is not None and following[1] == "END" and following.start() - done < _LONGEST_KEY
            if is_whole and following is not None:
                pieces.append(following[0])
                done = following.end()
            elif (body := _KEY_BODY.match(text, done)) is not None:
                done = body.end()
    return "".join([*pieces, text[done:]])


def _without_last_lines(text: str) -> str:
    """What stands before the end of a key that did not begin: the last lines go that can be nothing but its body."""
    lines = text.split("\n")
    keep = len(lines)
    while keep and re.fullmatch(r"[A-Za-z0-9+/=\\]*+", lines[keep - 1].strip()):
        keep -= 1
    return "\n".join([*lines[:keep], MARK]) if keep < len(lines) else text


def _without_basic(found: re.Match[str]) -> str:
    """Only what is a name and a password: «basic authentication» is neither."""
    bare = found[2].rstrip("=")
    try:
        plain = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if {"-", "_"} & {*bare} else None)
    except binascii.Error:
        return found[0]
    return f"{found[1]}{MARK}" if b":" in plain else found[0]


def _without_cookies(found: re.Match[str]) -> str:
    is_set = found[1][:4].lower() == "set-"

    def hide(pair: re.Match[str]) -> str:
        return pair[0] if is_set and pair[2].lower() in _COOKIE_ATTRIBUTES else f"{pair[1]}{pair[2]}={MARK}"

    return found[1] + _COOKIE_PAIR.sub(hide, found[2])


def _without_value(found: re.Match[str]) -> str:
    value = found["value"]
    quote = re.match(r"""\\*["']""", value)
    opening = quote[0] if quote else ""
    bare = value[len(opening) :]
    trailing = "" if opening else bare[len(bare.rstrip(",;)}]>")) :]
    bare = bare[: len(bare) - len(trailing)]
    if _is_harmless(found["key"], found["suffix"], bare):
        return found[0]
    kept = f"{found['key']}{found['suffix']}{found['between']}{found['scheme'] or ''}{opening}"
    return f"{kept}{MARK}{_parameters(found, bare)}{trailing}"


def _is_harmless(key: str, suffix: str, value: str) -> bool:
    """Whether key and value only look as if they told a secret."""
    if _HARMLESS_SUFFIX.search(suffix) or _HARMLESS_VALUE.fullmatch(value):
        return True
    if key.lower() == "token":
        # A number of tokens, or what makes them.
        return value.isdecimal() or suffix.lower() in ("izer", "ize")
    # A shell's working directory.
    return key == "PWD" and value.startswith("/")


def _parameters(found: re.Match[str], value: str) -> str:
    """What follows a value in a query string."""
    cut = re.search(r"[&#]", value)
    if cut is None:
        return ""
    before = found.string[max(found.start() - 64, 0) : found.start()]
    name = _QUERY_NAME.search(before)
    return value[cut.start() :] if name is not None and before[: name.start()].endswith(("?", "&")) else ""


type _Replacement = str | Callable[[re.Match[str]], str]

#: In this order: the words without which a pattern cannot match (folded), the pattern, and what takes its place.
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str], _Replacement], ...] = (
    (("cookie",), _COOKIE, _without_cookies),
    (
        ("authorization",),
        _AUTHORIZATION,
        lambda found: f"{found['name']}{found['many'] or found['scheme'] or ''}{MARK}",
    ),
    (("bearer",), _BEARER, rf"\1{MARK}"),
    (("basic",), _BASIC, _without_basic),
    (("://",), _URL, lambda found: f"{found['scheme']}{found['user'] or ''}{MARK}@"),
    (("hooks.slack",), _SLACK_HOOK, rf"\1{MARK}"),
    (_VENDOR_WORDS, _VENDOR_TOKEN, rf"\1{MARK}"),
    (("npm_",), _NPM_TOKEN, rf"\1{MARK}"),
    (("a3t", "akia", "asia", "aroa", "aida", "agpa", "anpa", "anva"), _AWS_ID, rf"\1{MARK}"),
    (("akia", "asia"), _AWS_SECRET, rf"\1{MARK}"),
    (("eyj",), _JWT, f"eyJ{MARK}"),
    (
        ("pass", "pwd", "secret", "token", "key", "credential", "session", "signature", "sid", "sig", "dsn"),
        _PAIR,
        _without_value,
    ),
    (("password", "passwd", "passphrase", "secret", "token", "key", "identified"), _OPTION, rf"\1{MARK}"),
)
