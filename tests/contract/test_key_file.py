"""The key file of a laptop: who makes it, who may use it, and what it leaves behind."""

import json
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.adapters import local_key
from shared.adapters.local_key import HEADER, LocalKeyCipher
from shared.domain.passcode_binding import binding
from shared.domain.secret import Secret

CANARY = "canary-7f3a91c5"
AAD = binding("enterprises/e", "enterprises/e/devices/d", "enterprises/e/actions/a")


def test_a_missing_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "deep" / "key"
    sealed = LocalKeyCipher(path).encrypt(Secret(CANARY), AAD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == 32
    assert [child.name for child in path.parent.iterdir()] == ["key"]
    assert LocalKeyCipher(path).decrypt(sealed, AAD).reveal() == CANARY


def test_racing_processes_agree_on_one_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def start(_number: int) -> str:
        barrier.wait()
        return LocalKeyCipher(tmp_path / "key").key_name

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [child.name for child in tmp_path.iterdir()] == ["key"]


def test_the_loser_of_the_race_keeps_the_winners_key(tmp_path: Path) -> None:
    winner = LocalKeyCipher(tmp_path / "key")
    local_key._create(tmp_path / "key")
    assert LocalKeyCipher(tmp_path / "key").key_name == winner.key_name
    assert [child.name for child in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_bytes(b"k" * size)
    with pytest.raises(ValueError, match="exactly 32 bytes"):
        LocalKeyCipher(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    LocalKeyCipher(path)
    path.chmod(mode)
    with pytest.raises(ValueError, match="0600"):
        LocalKeyCipher(path)


def test_a_key_file_that_is_no_file_is_refused() -> None:
    with pytest.raises(ValueError, match="not a regular file"):
        LocalKeyCipher(os.devnull)


def test_the_key_is_in_neither_the_blob_nor_the_key_name(tmp_path: Path) -> None:
    cipher = LocalKeyCipher(tmp_path / "key")
    sealed = cipher.encrypt(Secret(CANARY), AAD)
    key = (tmp_path / "key").read_bytes()
    assert key not in sealed.blob
    assert key.hex()[:8] not in sealed.key_name
    assert sealed.blob.startswith(HEADER)
    assert json.dumps(sealed.key_name)
