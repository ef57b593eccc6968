"""Taking secrets out of a text: a mebibyte of ordinary lines, one in which every line tells a secret, all of it on one line; and
what hostile texts cost when they become four times as long.
"""

import time
from statistics import median

from benchmarks.measure import Measure, at_most, ratio_at_most
from integrations.redaction import redact

MEBIBYTE = 1 << 20
ROUNDS = 5
MOST_S = 1.5
#: Four times the length at four times the cost is linear; sixteen would be quadratic.
MOST_TIMES = 8
ORDINARY = (
    "2026-11-26T13:00:00Z INFO request served path=/api/v1/rooms status=200 duration=12ms trace=4bf92f3577b34da6\n"
)
TELLING = f'{ORDINARY[:-1]} msg="session of bob: key" token=abcdefgh1 url=https://bob:hunter2@x.example.com/a?password=b&x=1\n'
#: What makes a rule begin over and over, and never or late come to its end.
HOSTILE = (
    *(
        "a",
        " ",
        '"',
        "\\",
        "=",
        "@",
        "--",
        "a:",
        "a+",
        "://",
        "a://b:",
        "password",
        "password=",
        "password:{",
        "password=[",
    ),
    *("password=xpassword=[", "password='", "password=\\'", 'password=""a', 'secret=\\"', "password\\n", "password,"),
    *("password>a", "token.", "token_ref", "secret-service-", "key:=\\", "&password=", "&password=a&", 'session="'),
    *('value="', 'value="x",name=a.', "cookie: a=", "cookie: a=b;", "authorization: ", "authorization: [", "bearer "),
    *("basic aaaa", 'auth":"', "--password ", "--password\n - ", "mysql -p", "mysql -u -", "redis-cli -a", "curl -u "),
    *(
        "identified by '",
        "login a password ",
        "otp: ",
        "?key=1",
        "a:@tcp(",
        "%3a%2f%2fa%3a",
        "ghp_",
        "xoxb-",
        "SG.a",
        "sk-",
    ),
    *("AKIAIOSFODNN7EXAMPLE ", "eyJ-", "eyJaaaaaa.", "%22eyJ", "•••", "A" * 64 + "\n", "-----BEGIN PRIVATE KEY-----"),
    "-----END PRIVATE KEY-----\n",
)


def run() -> list[Measure]:
    """Processor time of this thread, so that others may be busy; medians, and of the hostile texts the worst."""
    worst, repeated = max((_growth(each), each) for each in HOSTILE)
    return [
        at_most("a mebibyte of ordinary lines", _cost(_text(ORDINARY, MEBIBYTE)), "s", MOST_S),
        at_most("a mebibyte, a secret in each line", _cost(_text(TELLING, MEBIBYTE)), "s", MOST_S),
        at_most("the same on one line", _cost(_text(TELLING.replace("\n", " "), MEBIBYTE)), "s", MOST_S),
        ratio_at_most(
            f"four times as long, of {len(HOSTILE)} hostile texts the worst: {repeated!r}", worst, "", 1, MOST_TIMES
        ),
    ]


def _text(repeated: str, length: int) -> str:
    return (repeated * (length // len(repeated) + 1))[:length]


def _cost(text: str) -> float:
    def once() -> float:
        began = time.thread_time()
        redact(text)
        return time.thread_time() - began

    return median(once() for _ in range(ROUNDS))


def _growth(repeated: str) -> float:
    """How much more four times the length costs."""
    return _cost(_text(repeated, MEBIBYTE // 8)) / max(_cost(_text(repeated, MEBIBYTE // 32)), 0.001)
