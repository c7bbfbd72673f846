"""What a page costs in a large enterprise, beside the same page in a small one: it must not grow with the fleet."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from bench.ratio import Ratio, in_turns
from shared.adapters.sqlite import SqliteStore
from tests.functions.console.large_enterprise import NOON, Large, console_over, fleet, load
from tests.functions.product import ENTERPRISE

ROUNDS, A_ROUND = 15, 5
SMALL, LARGE = 1_000, 100_000
AT_MOST = 1.5
"""A tree of a hundred times the entries is a level deeper and caches less well; a page that looked at all of them
would take a hundred times as long."""

PAGES = {
    "devices": f"/{ENTERPRISE}/devices",
    "search": f"/{ENTERPRISE}/devices?query=pix",
    "action log": f"/{ENTERPRISE}/actions",
    "action log of a status": f"/{ENTERPRISE}/actions?status=FAILED",
}


def ratios() -> Iterator[Ratio]:
    """Measure pages by their handlers, and the timer's question, over two embedded stores in memory."""
    small, large = SqliteStore(":memory:"), SqliteStore(":memory:")
    load(small, fleet(SMALL))
    load(large, fleet(LARGE))
    consoles = [Large(console_over(store), lambda: 0) for store in (small, large)]
    for page, path in PAGES.items():
        shows = [
            lambda console=console, path=path: [console.get(path) for _ in range(A_ROUND)] for console in consoles
        ]
        yield compared(f"{A_ROUND} pages: {page}", shows[1], shows[0])
    asks = [
        lambda store=store: [store.due_actions(NOON + timedelta(days=1), 200) for _ in range(100 * A_ROUND)]
        for store in (small, large)
    ]
    yield compared(f"{100 * A_ROUND} times what is due", asks[1], asks[0])


def compared(what: str, in_large: Callable[[], object], in_small: Callable[[], object]) -> Ratio:
    """Measure in the large enterprise against the small one."""
    return in_turns(
        f"{what}, {LARGE:,} devices and resets",
        in_large,
        f"the same, {SMALL:,}",
        in_small,
        at_most=AT_MOST,
        rounds=ROUNDS,
    )
