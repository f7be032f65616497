"""Tokens are retired only when the next was used; receipts hold only as signed."""

import threading
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dure.sharing.delivery import Receipt, ReceiptBook, ReceiptWrong, StandingFiles, Tokens, cut_bytes
from sharing.delivery.signing import CONSUMER, PROVIDER, check, expected, sign

SECRET = b"k" * 32


@pytest.fixture
def tokens(tmp_path):
    now = [1_000.0]
    made = Tokens(SECRET, StandingFiles(tmp_path), lambda: now[0], life=100.0, grace=1_000.0)
    return made, now


def test_an_answer_that_was_lost_costs_nothing(tokens) -> None:
    made, _ = tokens
    old = made.first("t")["token"]
    new = made.next("t", old)["token"]
    # The answer never arrived: the old one still opens, and gives the same new one.
    assert made.opens("t", old)
    assert made.next("t", old)["token"] == new
    # It arrived: its first use retires the old one.
    assert made.opens("t", new)
    assert not made.opens("t", old)
    assert made.next("t", old) is None


def test_a_token_that_ran_out_is_exchanged_and_opens_nothing(tokens) -> None:
    made, now = tokens
    old = made.first("t")["token"]
    now[0] += 101
    assert not made.opens("t", old)
    new = made.next("t", old)["token"]
    assert made.opens("t", new)
    now[0] += 5_000
    assert made.next("t", new) is None


def test_an_end_retires_all_and_a_new_begin_revives_none(tokens) -> None:
    made, _ = tokens
    old = made.first("t")["token"]
    new = made.next("t", old)["token"]
    made.end("t")
    assert not made.opens("t", old)
    assert not made.opens("t", new)
    assert made.next("t", new) is None
    fresh = made.first("t")["token"]
    assert made.opens("t", fresh)
    assert not made.opens("t", old)
    assert not made.opens("t", new)


@pytest.mark.parametrize("odd", ["", ".", "0", "0.", "0.x", "9" * 90, "-1.x", "٣.x", "1e3.x", "\x00"])
def test_odd_tokens_open_nothing(tokens, odd) -> None:
    made, _ = tokens
    made.first("t")
    assert not made.opens("t", odd)
    assert made.next("t", odd) is None


def test_a_token_is_of_one_transfer(tokens) -> None:
    made, _ = tokens
    made.first("a")
    assert not made.opens("a", made.first("b")["token"])


def test_a_start_said_twice_gives_one_token(tokens) -> None:
    made, _ = tokens
    assert made.first("t") == made.first("t")


def test_many_at_once_get_one_next(tokens) -> None:
    made, _ = tokens
    old, got = made.first("t")["token"], []
    threads = [threading.Thread(target=lambda: got.append(made.next("t", old)["token"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1


class Losing(RuleBasedStateMachine):
    """A consumer behind a proxy that loses answers is never locked out."""

    def __init__(self):
        super().__init__()
        kept = {}

        class Store:
            read = staticmethod(kept.get)
            write = staticmethod(kept.__setitem__)
            alone = staticmethod(lambda _one: threading.RLock())

        self.made = Tokens(SECRET, Store(), lambda: 0.0)
        self.borne = self.made.first("t")["token"]
        self.seen = {self.borne}

    @rule(lost=st.booleans())
    def rotate(self, lost):
        told = self.made.next("t", self.borne)
        assert told is not None
        self.seen.add(told["token"])
        if not lost:
            self.borne = told["token"]

    @rule()
    def use(self):
        assert self.made.opens("t", self.borne)

    @invariant()
    def at_most_two_open(self):
        standing = self.made.standings.read("t")
        assert standing.given - standing.proven in (0, 1)


TestLosing = Losing.TestCase
TestLosing.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)

MANIFEST = cut_bytes([b"rows"], 1024)
GIVEN = Receipt(
    "urn:uuid:agreement-1", "t1", MANIFEST.root, MANIFEST.size, 1_000, CONSUMER, PROVIDER, "2026-11-24T12:00:00+00:00"
)  # fmt: skip


@pytest.fixture
def book(tmp_path):
    taken = []
    made = ReceiptBook(tmp_path, lambda one: expected(MANIFEST) if one == "t1" else None, sign(PROVIDER), check, lambda one, _r: taken.append(one))  # fmt: skip
    return made, taken


def test_a_receipt_is_countersigned_once_and_given_again(book) -> None:
    made, taken = book
    mine = GIVEN.signed(sign(CONSUMER))
    first = made.take("t1", mine.to_json())
    later = replace(GIVEN, at="2026-11-25T00:00:00+00:00").signed(sign(CONSUMER))
    assert made.take("t1", later.to_json()) == first
    assert taken == ["t1", "t1"]
    whole = made.of("t1")
    whole.require(check)
    assert Receipt.from_json(whole.to_json()) == whole
    for field, value in (
        ("rows", 1),
        ("agreement", "other"),
        ("consumer_signature", ""),
        ("provider_signature", "x"),
    ):
        with pytest.raises(ReceiptWrong):
            replace(whole, **{field: value}).require(check)


@pytest.mark.parametrize(
    "change",
    [{"rows": 999}, {"size": 5}, {"root": "0" * 64}, {"agreement": "x"}, {"transfer": "t2"}, {"consumer": "did:web:other"}, {"provider": "did:web:other"}],
)  # fmt: skip
def test_a_receipt_about_something_else_is_not_signed(book, change) -> None:
    made, taken = book
    with pytest.raises(ReceiptWrong):
        made.take("t1", replace(GIVEN, **change).signed(sign(CONSUMER)).to_json())
    assert made.of("t1") is None
    assert taken == []


def test_a_forged_receipt_is_not_signed(book) -> None:
    made, _ = book
    for forged in (GIVEN, GIVEN.signed(sign(PROVIDER)), replace(GIVEN, consumer_signature="☃")):
        with pytest.raises(ReceiptWrong):
            made.take("t1", forged.to_json())


@pytest.mark.parametrize(
    "odd", [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"type":"dure-receipt-1"}', b"x" * 100_000]
)
def test_odd_receipts_are_refused(book, odd) -> None:
    with pytest.raises(ReceiptWrong):
        book[0].take("t1", odd)


@pytest.mark.parametrize("change", [{"rows": -1}, {"rows": True}, {"rows": 1 << 60}, {"root": "x"}, {"at": "yesterday"}, {"at": "2026-11-24T12:00:00"}, {"agreement": 1}, {"agreement": "x" * 5_000}])  # fmt: skip
def test_a_receipt_has_bounds(change) -> None:
    with pytest.raises(ReceiptWrong):
        replace(GIVEN, **change)


def test_what_each_side_signs_differs() -> None:
    assert GIVEN.said != GIVEN.countersaid
    assert GIVEN.signed(sign(CONSUMER)).said == GIVEN.said
