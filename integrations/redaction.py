"""Taking secrets out of a text before anything of it is stored or shown. Pure; the text is untrusted.

What was removed stays recognisable by its shape (`password=•••`, `Bearer •••`). Every rule looks at a character a bounded
number of times, so that no line takes longer than its length is worth. Redacting twice changes nothing.

It knows secrets by what stands around them and by what vendors begin them with, so some get through:
- what nothing points at: a password in a sentence («it is hunter2») or in Oracle's `user/password@host`, a bare key of
  hexadecimal digits such as Twilio's;
- a name it does not know, and one with something else between it and its value (`name`, `secret`, then `value`);
- what is encoded: Base64 but for `Basic`, private keys and Docker's logins; percent signs twice over but for `name=value`;
- of a value without quotes, all after its first blank; of one over several lines, all but the first;
- a number of one to three digits as a token, up to five behind a colon where the name goes on (`token-service:8080`);
- what a shell would run behind a value without a blank between: `PASSWORD=a;mysql -p b` is found, stranger things are not.
"""

import base64
import binascii
import re
from collections.abc import Callable

from integrations.private_keys import MARK, hide_private_keys
from integrations.secret_pairs import CLOSING, hide_values, hide_values_before_names

__all__ = ["MARK", "hide_across_lines", "redact"]

# First letters stand in both cases, and in front of them nothing: that is how the engine looks for them fast.
_AUTHORIZATION_NAME = r"""[aA](?i:uthorization["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4})"""
_AUTHORIZATION = re.compile(
    rf"""({_AUTHORIZATION_NAME}\[)[^\]\n]++"""
    rf"""|({_AUTHORIZATION_NAME}(?i:digest|aws4-hmac-sha256|hawk|signature)[ \t]{{1,4}})[^"'\\\r\n]++"""
    rf"""|({_AUTHORIZATION_NAME}(?i:bearer|basic|token|negotiate|ntlm|apikey)[ \t]{{1,4}})[^\s"',;\\]++"""
)
#: Under a scheme that nobody knows, or none.
_AUTHORIZATION_BARE = re.compile(
    rf"""({_AUTHORIZATION_NAME}(?i:[a-z0-9-]{{1,20}}[ \t]{{1,4}}(?=[^\s"',;\\-]))?)[^\s"',;\\[-][^\s"',;\\]*+(?<!:)"""
)
_BEARER = re.compile(
    r"([bB](?i:earer[ \t]{1,4}))(?![\w.-]{1,64}=[^=\s])"
    r"(?i:(?=[a-z._~+/=-]{0,64}[0-9])[a-z0-9._~+/=-]{6,}+|[a-z0-9._~+/=-]{24,}+)"
)
#: Also Docker's `"auth":"…"`.
_BASIC = re.compile(
    r"""([bB](?i:asic[ \t]{1,4})|"(?i:auth\\{0,8}"[ \t]{0,4}:[ \t]{0,4}\\{0,8}"))([A-Za-z0-9+/_-]{4,}+={0,2})"""
)
_COOKIE = re.compile(r"""([cC](?i:ookie2?["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4}\[?))([^"'\r\n]++)""")
_COOKIE_PAIR = re.compile(r"(^|[;,\s])([^=;,\s]++)=([^;,\s]++)")
#: What stands behind a cookie's value in Set-Cookie and is no secret.
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority"})
# A password may hold slashes and at signs; what looks like a port is none. It ends before the next URL begins.
_URL = re.compile(
    r"""(:(?:\\{0,4}/){2})"""
    r"""(?:([^\s:/?#@"'<>\\]{0,256}:)(?!\d{1,5}(?:[/?#]|\s|$))(?:(?!://)[^\s"'<>\\]){1,4096}@"""
    r"""|[^\s:/?#@"'<>\\]{16,512}@)"""
)
_ENCODED_URL = re.compile(r"(%3A%2F%2F[\w.-]{0,64}%3A)[\w.~%+-]{1,512}?(?=%40)", re.IGNORECASE)
#: As Go's driver for MySQL writes it.
_GO_MYSQL = re.compile(r"(?<![\w.-])([\w.-]{1,64}:)[^\s\"'/]{1,256}(?=@(?:tcp|unix)\()")
_HOOK = re.compile(
    r"(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/\d{1,20}/"
    r"|events\.(?:eu\.)?pagerduty\.com/(?:integration|x-ere)/|api\.telegram\.org/bot)[A-Za-z0-9/_:-]++",
    re.IGNORECASE,
)
#: No name or token goes on here; `\n` and `%3D` before a token are none of it.
_BEGIN = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
#: What vendors begin their tokens with, so that they are found wherever they stand.
_VENDOR_TOKEN = re.compile(
    r"((?:gh[pousr]|github_pat|glsa|glc|[srp]k_(?:live|test)|whsec|dop_v1|shp(?:at|ca|pa|ss)|lin_api|dckr_pat|sntrys)_"
    r"|gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-|xox[a-z](?:\.xox[a-z])?-|xapp-|pypi-Ag|hv[sbr]\.|ya29\.|GOCSPX-"
    r"|ATATT3|NRAK-|LS0tLS1CRUdJTi|eyJhdXRo|FwoGZXIvYXdz|IQoJb3JpZ2lu|pd[eu][us]\+"
    rf"|{_BEGIN}"
    r"(?:AIza|sk-(?:proj|ant|svcacct)-|sk-(?=[A-Za-z0-9]{32})|hf_(?=[A-Za-z]{30})|u\+(?=[\w-]{18}(?![\w-]))"
    r"|SG\.(?=[\w-]{16,128}\.)|SK(?=[0-9a-f]{32}(?![0-9a-f]))))[A-Za-z0-9_.+/=-]{16,}+"
)
_NPM_TOKEN = re.compile(r"(npm_)[A-Za-z0-9]{36}(?![A-Za-z0-9_])")
# A key's id, and what follows it closely and has the shape of its secret.
_AWS_ID = re.compile(r"(?<![A-Z0-9])(A3T[A-Z0-9]|AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA)[A-Z0-9]{12,}+")
_AWS_SECRET = re.compile(
    r"((?<![A-Z0-9])(?:AKIA|ASIA)•••[^\n•]{0,60}?)(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/])"
)
# Of a run of these characters only the beginning may begin a token.
_JWT = re.compile(rf"{_BEGIN}" r"eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+)*+")
#: Names so short that a value must have the very shape.
_ONE_TIME = re.compile(
    r"""([tTpPoOmM2](?<![A-Za-z0-9].)(?i:(?<=t)otp|(?<=o)tp|(?<=p)in|(?<=m)fa|(?<=2)fa)"""
    r"""(?i:[_-]?code)?["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4})\d{4,10}(?!\w)"""
)
_ROUTING_KEY = re.compile(
    r"""((?:[rR](?i:outing)|[sS](?i:ervice)|[iI](?i:ntegration))[_-]?(?i:key)["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4})"""
    r"""[A-Za-z0-9]{32}(?![A-Za-z0-9])"""
)
_QUERY_KEY = re.compile(
    r"""([?&](?:key|code|auth|jwt|ticket|assertion)=)(?=[^\d&#\s"'<>\\]{0,64}\d)[^&#\s"'<>\\]{16,}+""", re.IGNORECASE
)

#: What one rule hid may let another see more; twice is nearly always enough, the second time to find nothing.
_MOST_ROUNDS = 8
_TO_NEXT_WORD = r"""["'\\]{0,4}(?:,[ \t]{0,4}|[ \t]{1,4}|\n[ \t]{0,40}-[ \t]{1,4})["'\\]{0,4}"""
_WORD = r"""((?<=["'])[^"'\n]++|(?<!["'])[^\s"'\]$-][^\s"'\]]*+)"""
_OPTION = re.compile(
    rf"""(-(?<![\w-]-)-?[a-z0-9-]{{0,40}}(?:password|passwd|passphrase|secret|token|(?:api|access|secret|account)-?key)"""
    rf"""{_TO_NEXT_WORD}){_WORD}""",
    re.IGNORECASE,
)
#: SQL, Redis and .netrc.
_WITHOUT_SIGN = re.compile(
    r"""((?:[pP](?i:assword(?:[ \t]{1,4}|[ \t]{0,4}\([ \t]{0,4}))["']|[iI](?i:dentified[ \t]{1,4}by[ \t]{1,4})["']"""
    rf"""|(?:requirepass|masterauth|login[ \t]{{1,4}}\S{{1,128}}[ \t]{{1,4}}password)[ \t]{{1,4}})){_WORD}"""
)
#: Programs whose short option is a password; elsewhere `-p` is a port and `-a` is anything.
_SHORT_OPTION = re.compile(
    r"""((?:(?:mysql|mariadb|mongo|sshpass|docker[ \t]{1,4}login)[^\n|;&]{0,200}?[ \t]-p[ \t]{0,4}"""
    rf"""|redis-cli[^\n|;&]{{0,200}}?[ \t]-a[ \t]{{1,4}})["']?){_WORD}"""
)
_CURL_USER = re.compile(r"""(curl\b[^\n|;&]{0,200}?[ \t](?:-u|--user)[ \t=]{0,4}["']?[^\s:"']{1,128}:)[^\s"']++""")


def redact(text: str) -> str:
    """The text without secrets."""
    for _round in range(_MOST_ROUNDS):
        before, text = text, _redact_once(text)
        if text == before:
            break
    return text


def _redact_once(text: str) -> str:
    text = hide_private_keys(text)
    folded = text.casefold()
    for words, hide in _RULES:
        # Looking for a word is a hundred times cheaper than trying the pattern at every character.
        if any(word in folded for word in words):
            text = hide(text)
    return text


def hide_across_lines(text: str) -> str:
    """The text without secrets that last for several lines, or stand in another line than their names.

    Whoever redacts single lines calls this first.
    """
    return _OPTION.sub(rf"\1{MARK}", hide_values(hide_private_keys(text)))


def _without_basic(found: re.Match[str]) -> str:
    """Only what is a name and a password: «basic authentication» is neither."""
    bare = found[2].rstrip("=")
    try:
        plain = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if {"-", "_"} & {*bare} else None)
    except binascii.Error:
        return found[0]
    return f"{found[1]}{MARK}" if b":" in plain else found[0]


def _without_cookies(found: re.Match[str]) -> str:
    is_set = found.string[max(found.start() - 4, 0) : found.start()].lower() == "set-"

    def hide(pair: re.Match[str]) -> str:
        if is_set and pair[2].lower() in _COOKIE_ATTRIBUTES:
            return pair[0]
        return f"{pair[1]}{pair[2]}={MARK}{pair[3][len(pair[3].rstrip(CLOSING)) :]}"

    return found[1] + _COOKIE_PAIR.sub(hide, found[2])


def _rule(pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str] = rf"\1{MARK}") -> Callable[[str], str]:
    return lambda text: pattern.sub(by, text)


_NAMES = (
    "pass",
    "pw",
    "psk",
    "secret",
    "token",
    "key",
    "credential",
    "session",
    "signature",
    "sid",
    "sig",
    "dsn",
    "密",
)
#: In this order: the words without which there is nothing to find (folded; "" is in every text), and what hides it.
_RULES: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("cookie",), _rule(_COOKIE, _without_cookies)),
    (("authorization",), _rule(_AUTHORIZATION, rf"\1\2\3{MARK}")),
    (("bearer",), _rule(_BEARER)),
    (("basic", '"auth'), _rule(_BASIC, _without_basic)),
    (("://", "/\\/", ":\\/"), _rule(_URL, rf"\1\2{MARK}@")),
    (("%3a%2f%2f",), _rule(_ENCODED_URL)),
    (("@tcp(", "@unix("), _rule(_GO_MYSQL)),
    (("hooks.slack", "discord", "pagerduty.com", "telegram"), _rule(_HOOK)),
    (("",), _rule(_VENDOR_TOKEN)),
    (("npm_",), _rule(_NPM_TOKEN)),
    (("a3t", "akia", "asia", "aroa", "aida", "agpa", "anpa", "anva"), _rule(_AWS_ID)),
    (("akia", "asia"), _rule(_AWS_SECRET)),
    (("eyj",), _rule(_JWT, f"eyJ{MARK}")),
    (("otp", "pin", "mfa", "2fa"), _rule(_ONE_TIME)),
    (("routing", "service", "integration"), _rule(_ROUTING_KEY)),
    (("key=", "code=", "auth=", "jwt=", "ticket=", "assertion="), _rule(_QUERY_KEY)),
    (("curl",), _rule(_CURL_USER)),
    (("mysql", "mariadb", "mongo", "sshpass", "docker", "redis-cli"), _rule(_SHORT_OPTION)),
    (("value",), hide_values_before_names),
    (_NAMES, hide_values),
    (("authorization",), _rule(_AUTHORIZATION_BARE)),
    (("password", "passwd", "passphrase", "secret", "token", "key"), _rule(_OPTION)),
    (("password", "identified", "requirepass", "masterauth"), _rule(_WITHOUT_SIGN)),
)
