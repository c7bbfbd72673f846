"""Addresses of the ES modules: each import carries the version of what it imports."""

import inspect
import re

import pytest

from console_pages import assets, log_export
from console_pages.assets import address
from console_pages.pages import TEMPLATES
from shared.runtime.routes import MIN_REVEAL_REASON
from shared.services.read_log import MAX_EXPORT
from tests.functions.console.seeded_console import SeededConsole


@pytest.fixture(autouse=True)
def _fresh():
    assets.assets.cache_clear()
    yield
    assets.assets.cache_clear()


def imports(text: str) -> list[str]:
    return re.findall(r'^import\b.*?"(.*?)"', text, re.MULTILINE)


def test_every_module_is_reached_under_its_own_version(console: SeededConsole):
    reached, waiting = set(), [address("console.js")]
    while waiting:
        path = waiting.pop()
        answer = console.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        name = path.removeprefix("/assets/").partition("?")[0]
        assert path == address(name)
        reached.add(name)
        waiting += [f"/assets/{each.removeprefix('./')}" for each in imports(answer.get_data(as_text=True))]
    modules = {path.name for path in assets.OWN.glob("*.js")} - {"theme.js"}
    assert reached == modules


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
def test_a_file_under_another_version_than_its_own_is_not_kept(console: SeededConsole, query):
    """Regression: an old instance's file was kept for a year under the new version's address."""
    answer = console.get(f"/assets/console.js{query}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_the_bounds_that_are_told_in_the_browser_and_in_texts_are_the_servers():
    reveal = (assets.OWN / "reveal.js").read_text()
    assert f"const SHORTEST = {MIN_REVEAL_REASON};" in reveal
    assert f"at least {MIN_REVEAL_REASON} characters" in (TEMPLATES / "security.html").read_text()
    assert f"at {MAX_EXPORT:,} rows" in inspect.getsource(log_export)


def written(tmp_path, monkeypatch, **files: str) -> None:
    for name, text in files.items():
        (tmp_path / f"{name}.js").write_text(text)
    monkeypatch.setattr(assets, "OWN", tmp_path)
    assets.assets.cache_clear()


def test_a_change_changes_the_address_of_all_that_import_it(tmp_path, monkeypatch):
    one = 'import { b } from "./two.js";\n'
    written(tmp_path, monkeypatch, one=one, two="export const b = 1;\n")
    before = address("one.js")
    written(tmp_path, monkeypatch, one=one, two="export const b = 2;\n")
    assert address("one.js") != before


def test_modules_in_a_circle_are_refused(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch, one='import "./two.js";\n', two='import "./one.js";\n')
    with pytest.raises(ValueError, match=r"one\.js → two\.js → one\.js"):
        address("one.js")


def test_an_import_of_nothing_is_refused(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch, one='import "./missing.js";\n')
    with pytest.raises(KeyError, match="missing"):
        address("one.js")
