"""What was received lies encrypted under its agreement's key, and forgetting is destroying that key."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.sharing.delivery import Chest, ChunkAbsent, ChunkWrong, KeyForgotten, PartHeld, cut_bytes, name_of

A, B = "urn:uuid:a", "urn:uuid:b"


@settings(max_examples=30)
@given(st.binary(max_size=3_000))
def test_what_was_put_is_opened(tmp_path_factory, content: bytes) -> None:
    chest = Chest(tmp_path_factory.mktemp("chest"))
    assert chest.open(A, chest.put(A, content)) == content


def test_nothing_of_the_content_lies_on_the_disk(tmp_path) -> None:
    chest, content = Chest(tmp_path), b"customer Daon, lot 17, scrap 4 percent " * 40
    name = chest.put(A, content)
    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        assert content[:20] not in path.read_bytes()
        assert name not in str(path)
        assert A not in str(path)
        assert path.stat().st_mode & 0o077 == 0
    for folder in (one for one in tmp_path.rglob("*") if one.is_dir()):
        assert folder.stat().st_mode & 0o077 == 0


def test_the_same_bytes_under_two_agreements_look_unlike(tmp_path) -> None:
    chest = Chest(tmp_path)
    name = chest.put(A, b"rows" * 300)
    assert chest.put(B, b"rows" * 300) == name
    one, two = (next(p for p in folder.rglob("*") if p.is_file()) for folder in (tmp_path / "chest").iterdir())  # fmt: skip
    assert one.name != two.name
    assert one.read_bytes() != two.read_bytes()


def test_forgetting_destroys_the_key_and_only_that_one(tmp_path) -> None:
    chest = Chest(tmp_path)
    name = chest.put(A, b"rows")
    chest.put(B, b"rows")
    sealed = {path: path.read_bytes() for path in (tmp_path / "chest").rglob("*") if path.is_file()}
    keys = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    chest.forget(A)
    with pytest.raises(KeyForgotten):
        chest.open(A, name)
    assert chest.open(B, name) == b"rows"
    assert not chest.holds(A)
    # A copy of the encrypted files (a backup) is worth nothing without the key.
    for path, content in sealed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with pytest.raises(KeyForgotten):
        chest.open(A, name)
    chest.put(A, b"other")
    assert {path.read_bytes() for path in (tmp_path / "keys").iterdir()} != set(keys.values())
    with pytest.raises(ChunkAbsent):
        chest.open(A, name)
    chest.forget(A)
    chest.forget(A)


@pytest.mark.parametrize("where", [0, 5, -1])
def test_a_changed_byte_is_found(tmp_path, where) -> None:
    chest = Chest(tmp_path)
    name = chest.put(A, b"rows" * 10)
    file = next(path for path in (tmp_path / "chest").rglob("*") if path.is_file())
    content = bytearray(file.read_bytes())
    content[where] ^= 1
    file.write_bytes(content)
    with pytest.raises(ChunkAbsent):
        chest.open(A, name)


@pytest.mark.parametrize("odd", ["", "../../keys/x", "a" * 63, "A" * 64, "/etc/passwd", "a" * 64 + "/.."])
def test_a_name_is_no_path(tmp_path, odd) -> None:
    chest = Chest(tmp_path)
    chest.put(A, b"x")
    with pytest.raises(ChunkAbsent):
        chest.open(A, odd)


def test_an_agreements_id_is_no_path(tmp_path) -> None:
    chest = Chest(tmp_path / "sharing")
    for odd in ("../../out", "/etc/x", "a\x00b", "합의" * 500):
        assert chest.open(odd, chest.put(odd, b"x")) == b"x"
    assert [path.name for path in tmp_path.iterdir()] == ["sharing"]


def test_a_chunk_of_any_size_is_not_taken(tmp_path) -> None:
    with pytest.raises(ChunkWrong):
        Chest(tmp_path).put(A, bytes(16 * 1024 * 1024 + 1))


def test_many_hands_make_one_key(tmp_path) -> None:
    begin, names = threading.Barrier(8), []

    def put(number: int) -> None:
        begin.wait()
        names.append(Chest(tmp_path).put(A, b"%d" % number))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Chest(tmp_path).open(A, name) for name in names) == [b"%d" % number for number in range(8)]


def test_no_key_and_nonce_meet_two_plaintexts(tmp_path) -> None:
    """Each chunk has a key of its own, and the same chunk always the same ciphertext."""
    chest = Chest(tmp_path)
    part = chest.part(A)
    for content in (b"one" * 20, b"two" * 20):
        part.keep(name_of(content), content)
    files = [path.read_bytes() for path in (tmp_path / "chest").rglob("*") if path.is_file()]
    # Under one key and nonce the XOR of the ciphertexts would be that of the plaintexts.
    apart = bytes(one ^ two for one, two in zip(files[0][:60], files[1][:60], strict=True))
    assert apart != bytes(one ^ two for one, two in zip(b"one" * 20, b"two" * 20, strict=True))
    before = sorted(files)
    for path in [path for path in (tmp_path / "chest").rglob("*") if path.is_file()]:
        path.unlink()
    for content in (b"one" * 20, b"two" * 20):
        part.keep(name_of(content), content)
    assert sorted(path.read_bytes() for path in (tmp_path / "chest").rglob("*") if path.is_file()) == before


def test_what_was_received_can_be_passed_on(tmp_path) -> None:
    chest = Chest(tmp_path)
    manifest = cut_bytes([b"a" * 1024, b"b"], 1024)
    for content in (b"a" * 1024, b"b"):
        chest.put(A, content)
    held = PartHeld(chest.part(A, make=False), manifest)
    assert held.read(0) + held.read(1) == b"a" * 1024 + b"b"
