"""The hub reads one name in a visitor's first bytes, and refuses everything that is no hello."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.sharing.tunnel import HelloWrong, server_name
from sharing.tunnel.world import PLANT, hello

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
GENUINE = hello(PLANT)


def handshake(records: bytes) -> bytes:
    """The message inside the records."""
    message, at = b"", 0
    while at < len(records):
        length = int.from_bytes(records[at + 3 : at + 5])
        message, at = message + records[at + 5 : at + 5 + length], at + 5 + length
    return message


def in_records(message: bytes, size: int) -> bytes:
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2) + part for part in parts)


@given(st.lists(LABEL, min_size=2, max_size=5).map(".".join))
def test_the_name_that_openssl_sends_is_found(name: str) -> None:
    # OpenSSL itself reads all-digit names as addresses, for which no name is sent.
    if name.replace(".", "").isdigit():
        return
    assert server_name(hello(name)) == name


def test_tls_1_2_is_read_as_well() -> None:
    assert server_name(hello(PLANT, maximum_version=ssl.TLSVersion.TLSv1_2)) == PLANT


def test_a_name_is_the_same_in_capitals() -> None:
    assert server_name(GENUINE.replace(PLANT.encode(), PLANT.upper().encode())) == PLANT


@given(st.integers(0, len(GENUINE) - 1))
def test_a_hello_that_is_cut_short_is_waited_for(length: int) -> None:
    assert server_name(GENUINE[:length]) is None


@given(st.integers(60, 2_000))
def test_a_hello_spread_over_records_is_put_together(size: int) -> None:
    assert server_name(in_records(handshake(GENUINE), size)) == PLANT


def test_a_hello_in_crumbs_is_refused() -> None:
    with pytest.raises(HelloWrong, match="too many records"):
        server_name(in_records(handshake(GENUINE), 4))


def test_without_a_name_there_is_nobody_to_ask_for() -> None:
    with pytest.raises(HelloWrong, match="names no server"):
        server_name(hello(None))


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x80\x2e\x01\x03\x01", b"\x16\x02\x00", b"\x17\x03\x03\x00\x05",
        b"\x16\x03\x01\x00\x00", b"\x16\x03\x01\xff\xff", b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
    ],
)  # fmt: skip
def test_what_is_no_hello_is_refused_at_its_first_odd_byte(first: bytes) -> None:
    with pytest.raises(HelloWrong):
        server_name(first)


def test_what_never_ends_is_refused() -> None:
    endless = b"\x16\x03\x01\x40\x00\x01\x00\x3f\xf0" + bytes(16 * 1024)
    with pytest.raises(HelloWrong):
        server_name(endless[: 16 * 1024])


@given(st.data())
def test_a_hostile_hello_is_a_name_or_a_refusal_and_nothing_else(data: st.DataObject) -> None:
    broken = bytearray(GENUINE)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(broken[: data.draw(st.integers(0, len(broken)))])
    judged(cut)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_name_or_a_refusal_and_nothing_else(rubbish: bytes) -> None:
    judged(rubbish)
    judged(b"\x16\x03\x01" + len(rubbish).to_bytes(2) + rubbish)
    message = b"\x01" + len(rubbish).to_bytes(3) + rubbish
    judged(b"\x16\x03\x01" + len(message).to_bytes(2) + message)


@given(st.binary(min_size=1, max_size=40))
def test_a_name_that_no_server_has_is_refused(odd: bytes) -> None:
    extension = b"\x00" + len(odd).to_bytes(2) + odd
    judged_name = named(extension)
    if isinstance(judged_name, str):
        assert judged_name.encode() == odd.lower()
        assert set(judged_name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


@pytest.mark.parametrize(
    "odd",
    [b"../../etc", b"a..b", b"-a.b", b"a.b.", b"a\x00b", "공장.kr".encode(), b"a" * 64, b"a." * 140 + b"a"],
)
def test_tricks_in_a_name_are_refused(odd: bytes) -> None:
    assert isinstance(named(b"\x00" + len(odd).to_bytes(2) + odd), HelloWrong)


def test_two_names_are_refused() -> None:
    one = b"\x00\x00\x03a.b"
    assert isinstance(named(one + one), HelloWrong)
    assert isinstance(named(one, one), HelloWrong)


def named(*lists: bytes) -> str | HelloWrong:
    content = [len(one).to_bytes(2) + one for one in lists]
    extensions = b"".join(b"\x00\x00" + len(one).to_bytes(2) + one for one in content)
    body = (
        b"\x03\x03"
        + bytes(32)
        + b"\x00"
        + b"\x00\x02\x13\x01"
        + b"\x01\x00"
        + len(extensions).to_bytes(2)
        + extensions
    )
    return judged(in_records(b"\x01" + len(body).to_bytes(3) + body, 16_000))


def judged(first: bytes) -> str | HelloWrong | None:
    try:
        found = server_name(first)
    except HelloWrong as refused:
        return refused
    assert found is None or (found and len(found) <= 253)
    return found
