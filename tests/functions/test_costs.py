"""What one reset costs in the units that Google bills: the operations guide does its sums with these counts."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.adapters.local_key import LocalKeyCipher
from shared.adapters.sqlite import SqliteStore
from shared.services.ports import Create, Update
from tests.functions.product import Product

AT_MOST = {"reads": 75, "writes": 35, "deletes": 0, "key_calls": 5, "messages": 4, "mails": 2, "amapi_calls": 2}
"""Of a reset with both mails, ended by AMAPI's notification, read once by a person, its passcode destroyed by the
timer a month later. The sums of docs/operations.md ("Cost") use these; pages that people look at come on top."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what every function does with the store and the key from now on."""
    count: Counter[str] = Counter()

    def after(owner: type, method: str, note: Callable[[Any, Any], None]) -> None:
        real = getattr(owner, method)

        def called(self: object, *args: Any) -> Any:
            answer = real(self, *args)
            note(args, answer)
            return answer

        monkeypatch.setattr(owner, method, called)

    def committed(args: tuple[Sequence[object]], _answer: None) -> None:
        count["writes"] += sum(isinstance(write, Create | Update) for write in args[0])
        count["deletes"] += sum(not isinstance(write, Create | Update) for write in args[0])

    after(SqliteStore, "get_many", lambda args, _answer: count.update(reads=len(args[0])))
    after(SqliteStore, "due_actions", lambda _args, answer: count.update(reads=max(1, len(answer))))
    after(SqliteStore, "commit", committed)
    for method in ("encrypt", "decrypt"):
        after(LocalKeyCipher, method, lambda _args, _answer: count.update(key_calls=1))
    return count


def test_the_guide_counts_what_a_reset_costs(product: Product, counted: Counter[str]) -> None:
    device = product.devices()[0]["name"]
    product.tick()
    counted.clear()
    before = len(product.sim("GET", "/calls"))
    action = product.reset(device, notifyUser=True)["name"]
    product.settle(lambda: len(product.inbox.letters()) == 2)
    product.time.advance(seconds=61)
    product.tick()
    assert product.reveal(action).status_code == 200
    product.time.advance(days=31)
    product.tick()
    counted["messages"] = len(product.pushed)
    counted["mails"] = len(product.inbox.letters())
    counted["amapi_calls"] = len(product.sim("GET", "/calls")) - before
    counted["deletes"] += 0
    over = {what: count for what, count in counted.items() if count > AT_MOST[what]}
    assert over == {}
    assert counted["reads"] > AT_MOST["reads"] * 0.8, "cheaper now: mend the guide"
    assert counted["writes"] > AT_MOST["writes"] * 0.8, "cheaper now: mend the guide"
