"""The board at 10, 10,000 and 1,000,000 incidents beside a bare page of 50 rows; history and search at 1,000,000."""

import http.client
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import psycopg

from benchmarks._portal import Place, Services, ask, migrate, place, services, web
from benchmarks._seed import seed
from benchmarks.measure import Measure, at_most, info, ratio_at_most

#: Incidents, and how many of them are open.
SIZES = {10: 10, 10_000: 200, 1_000_000: 200}
MIDDLE, LARGEST = 10_000, 1_000_000
TIMES = 60
COLD_TIMES = 12
WARM_UP = 25
MOST_QUERIES = 6
MOST_GROWTH = 1.2
MOST_OF_BARE = 2.0

# Another version of every open incident: no row that was rendered before is still right.
CHANGE_ALL = "UPDATE incidents_incident SET version = version + 1 WHERE status <> 'resolved' AND deleted_at IS NULL"


@dataclass(frozen=True)
class Board:
    """A portal with so many incidents, and somebody's session in it."""

    size: int
    where: Place
    cookie: str


class Page:
    """One page over one kept connection."""

    def __init__(self, where: Place, path: str, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", where.port, timeout=60)
        self._path, self._headers = path, {"Cookie": cookie}

    def fetch(self, *, holding: Sequence[bytes] = ()) -> float:
        """Milliseconds from the request to the whole page. RuntimeError unless it is one, and holds all of this."""
        began = time.perf_counter()
        self._connection.request("GET", self._path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200 or b"</html>" not in body:
            raise RuntimeError(f"{self._path} answered {answer.status}")
        if missing := [each for each in holding if each not in body]:
            raise RuntimeError(f"{self._path} lacks {missing}")
        return took


def run() -> list[Measure]:
    """Every portal has a database and a web process of its own; they are asked in turn, so that a moment's load meets all."""
    with services() as given, ExitStack() as stack:
        with psycopg.connect(given.postgres_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_wal_size = '8GB'")  # No checkpoint between seeding and measuring.
            connection.execute("SELECT pg_reload_conf()")
        boards = [_board(given, size, still_open) for size, still_open in SIZES.items()]
        largest = boards[-1]
        bare = place(given, database_url=largest.where.database_url, DJANGO_SETTINGS_MODULE="benchmarks._bare_settings")
        for board in boards:
            stack.enter_context(web(board.where))
        stack.enter_context(web(bare, command="python -m benchmarks._bare_serve", path="/constant"))
        pages = {board.size: Page(board.where, "/", board.cookie) for board in boards}
        bare_page = Page(bare, "/rows", largest.cookie)
        cold = _cold(pages[LARGEST], bare_page, largest)
        return [*_boards(boards, pages, bare_page), *cold, *_history(largest)]


def _board(given: Services, size: int, still_open: int) -> Board:
    where = place(given, database_url=given.database(f"board_{size}"), valkey_database=len(str(size)))
    migrate(where)
    seed(where.database_url, total=size, still_open=still_open)
    cookies: list[str] = ask(where, "_django_side", "sessions")
    return Board(size, where, cookies[0])


def _boards(boards: list[Board], pages: dict[int, Page], bare_page: Page) -> list[Measure]:
    measures = []
    for board in boards:
        (report,) = ask(board.where, "_django_side", "queries", board.cookie, "/")
        words = f"queries of the board, session and user included: {board.size:,} incidents"
        measures.append(at_most(words, max(report["cold"], report["warm"]), "queries", MOST_QUERIES))
    took = _in_turn({"bare": bare_page.fetch, **{str(size): page.fetch for size, page in pages.items()}}, TIMES)
    for board in boards:
        words = f"board, {board.size:,} incidents, {SIZES[board.size]} open, beside a bare page of 50 rows"
        measures.append(ratio_at_most(words, took[str(board.size)], "ms", took["bare"], MOST_OF_BARE))
    growth = ratio_at_most(
        "board, 1,000,000 incidents beside 10,000", took[str(LARGEST)], "ms", took[str(MIDDLE)], MOST_GROWTH
    )
    return [*measures, growth]


def _cold(page: Page, bare_page: Page, board: Board) -> list[Measure]:
    """The board when every one of its 200 rows has just changed: all are rendered anew."""
    with psycopg.connect(board.where.database_url, autocommit=True) as connection:

        def fetch_changed() -> float:
            connection.execute(CHANGE_ALL)
            return page.fetch()

        took = _in_turn({"bare": bare_page.fetch, "cold": fetch_changed}, COLD_TIMES)
        connection.execute("VACUUM ANALYZE incidents_incident")
    return [info("board, 1,000,000 incidents, none of its 200 rows rendered before", took["cold"], "ms", took["bare"])]


def _history(board: Board) -> list[Measure]:
    after = ask(board.where, "_django_side", "cursor", str(board.size * 9 // 10))
    paths = {
        "first page": "/incidents/",
        "page 18,001": f"/incidents/?cursor={after}",
        "search for three words": "/incidents/?q=handler+1234",
        "search for what all titles have": "/incidents/?q=threshold",
    }
    reports = ask(board.where, "_django_side", "queries", board.cookie, *paths.values())
    took = _in_turn({name: Page(board.where, path, board.cookie).fetch for name, path in paths.items()}, TIMES // 2)
    measures = [info(f"history, 1,000,000 incidents: {name}", took[name], "ms", took["first page"]) for name in paths]
    scans = sum(len(report["scanned"]) for report in reports)
    return [*measures, at_most("large tables that history's pages read from end to end", scans, "tables", 0)]


def _in_turn(fetches: dict[str, Callable[[], float]], times: int) -> dict[str, float]:
    """The median of each, after a warm-up, asked one after the other again and again."""
    took: dict[str, list[float]] = {name: [] for name in fetches}
    for turn in range(min(WARM_UP, times) + times):
        for name, fetch in fetches.items():
            milliseconds = fetch()
            if turn >= min(WARM_UP, times):
                took[name].append(milliseconds)
    return {name: median(values) for name, values in took.items()}
