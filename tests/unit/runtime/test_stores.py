"""The store that an operator's command names."""

import pytest

from shared.adapters.sqlite import SqliteStore
from shared.runtime.stores import UnusableStoreError, operator_store, place_of


def test_a_store_on_disk_has_to_exist(tmp_path):
    path = tmp_path / "store.sqlite"
    with pytest.raises(UnusableStoreError, match="Run make demo once"):
        operator_store(f"sqlite:{path}", {})
    assert not path.exists()
    SqliteStore(str(path)).close()
    store = operator_store(f"sqlite:{path}", {})
    assert store.enterprises() == []
    store.close()


@pytest.mark.parametrize(
    ("where", "environ"), [("firestore", {}), ("", {}), ("postgres", {"GOOGLE_CLOUD_PROJECT": "p"})]
)
def test_what_names_no_store_is_refused(where, environ):
    with pytest.raises(UnusableStoreError, match="STORE is sqlite:PATH"):
        operator_store(where, environ)


def test_a_file_that_is_no_store_is_told(tmp_path):
    path = tmp_path / "store.sqlite"
    path.write_text("no database " * 100)
    with pytest.raises(UnusableStoreError, match="cannot be used"):
        operator_store(f"sqlite:{path}", {})


def test_the_place_is_told_in_words():
    assert place_of("sqlite:var/store.sqlite", {}) == "var/store.sqlite"
    environ = {"GOOGLE_CLOUD_PROJECT": "p", "FIRESTORE_DATABASE": "d"}
    assert place_of("firestore", environ) == "project p, database d"
