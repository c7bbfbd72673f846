"""The file that Terraform reads is what the code says."""

import json

import pytest

from infra import facts


def test_the_committed_file_is_what_the_code_says():
    assert facts.FACTS.read_text(encoding="utf-8") == facts.text()
    assert facts.main(["--check"]) == 0


def test_a_file_that_is_behind_the_code_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys):
    stale = tmp_path / "facts.json"
    stale.write_text("{}\n", encoding="utf-8")
    monkeypatch.setattr(facts, "FACTS", stale)
    assert facts.main(["--check"]) == 1
    assert "python -m infra.facts" in capsys.readouterr().err
    facts.main([])
    assert facts.main(["--check"]) == 0


def test_what_is_due_has_an_index_over_all_enterprises():
    fields = json.loads(facts.text())["firestore"]["fields"]
    due = next(field for field in fields if (field["collection"], field["field"]) == ("actions", "wake_at"))
    assert due["indexes"] == [{"scope": "COLLECTION_GROUP", "order": "ASCENDING"}]


def test_an_index_names_a_direction_or_an_array_but_never_both():
    indexes = json.loads(facts.text())["firestore"]["indexes"]
    fields = [field for index in indexes for field in index["fields"]]
    assert all(set(field) in ({"field", "order"}, {"field", "array_config"}) for field in fields)
    assert any("array_config" in field for field in fields)
