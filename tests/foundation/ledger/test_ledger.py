"""The ledger on a real database file: written by many at once, and read after someone tampered with it."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from dure.foundation.ledger import Entry, forget, record, verify
from dure.foundation.ledger.checkpoints import file_of
from dure.node.command import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home")]


@pytest.fixture
def written(home):
    """A ledger of nine entries, each signed as it was written."""
    for number in range(9):
        record("person:1", "model.released", f"model:{number}", {"note": f"line {number}", "share": 0.5})
    return home


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refusal(capsys):
    assert run(["ledger", "verify"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.mark.usefixtures("written")
def test_an_untouched_ledger_verifies_and_tells_its_root(capsys):
    assert run(["ledger", "verify", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["entries"], facts["signed"], facts["checkpoints"]) == (9, 9, 9)
    assert facts["root"] == verify().root


@pytest.mark.usefixtures("written")
def test_a_changed_row_is_named(capsys):
    execute("UPDATE ledger_entry SET facts = replace(facts, 'line 4', 'line 5') WHERE \"index\" = 4")
    assert "entry 4 was changed" in refusal(capsys)


@pytest.mark.usefixtures("written")
def test_a_row_changed_together_with_its_hash_is_named(capsys):
    from dure.foundation.ledger.entry import hashed

    row = Entry.objects.get(index=4)
    leaf = hashed(index=4, at=row.at, who="person:2", what=row.what, object=row.object, facts=row.facts).hex()
    execute('UPDATE ledger_entry SET who = %s, leaf = %s WHERE "index" = 4', "person:2", leaf)
    assert "entry 4 is not the one that was signed" in refusal(capsys)


@pytest.mark.usefixtures("written")
def test_a_deleted_middle_is_named(capsys):
    execute('DELETE FROM ledger_entry WHERE "index" = 3')
    assert "entry 3 was removed" in refusal(capsys)


@pytest.mark.usefixtures("written")
def test_a_cut_tail_is_found_even_when_the_edge_was_set_back(capsys):
    kept = Entry.objects.filter(index__lt=7).values_list("leaf", flat=True)
    edge = _edge([bytes.fromhex(leaf) for leaf in kept])
    execute('DELETE FROM ledger_entry WHERE "index" >= 7')
    execute("UPDATE ledger_head SET size = 7, peaks = %s", " ".join(peak.hex() for peak in edge.peaks))
    assert "entry 7 and what followed it, up to 8, were cut off" in refusal(capsys)


@pytest.mark.usefixtures("written")
def test_a_full_rewrite_is_found(capsys):
    execute("DELETE FROM ledger_entry")
    execute("DELETE FROM ledger_head")
    with transaction.atomic():
        transaction.on_commit(lambda: None)
        for number in range(9):
            record("person:1", "model.released", f"model:{number + 100}", {})
    assert "entry 0 is not the one that was signed" in refusal(capsys)


def test_forged_and_removed_checkpoints_are_found(written, capsys):
    place = file_of(written)
    lines = place.read_text()
    place.write_text(lines.replace('"size":2', '"size":12'))
    assert "Checkpoint 2 of the ledger is not signed by this node" in refusal(capsys)
    place.unlink()
    assert "checkpoints" in refusal(capsys)
    assert "were removed" in refusal(capsys)


def test_a_checkpoint_line_torn_by_a_power_cut_is_no_tampering(written):
    with file_of(written).open("a") as file:
        file.write('{"size":10,"ro')
    assert verify().broken is None
    record("node", "node.started", "node")
    assert (verify().broken, verify().signed) == (None, 10)


def _fail_after_writing():
    with transaction.atomic():
        record("person:1", "model.released", "model:10", {})
        raise ZeroDivisionError


@pytest.mark.usefixtures("written")
def test_nothing_is_written_when_the_callers_transaction_fails():
    with pytest.raises(ZeroDivisionError):
        _fail_after_writing()
    assert verify().entries == 9
    assert record("person:1", "model.released", "model:10", {}).index == 9


def test_personal_words_can_be_forgotten_and_the_tree_stays_whole():
    entry = record(
        "node", "person.invited", "person:4", {"name": "김하늘", "role": "worker"}, personal=["name"]
    )
    assert "김하늘" not in entry.facts
    assert entry.personal.get().value == '"김하늘"'
    assert forget(entry.index) == 1
    assert entry.personal.count() == 0
    assert verify().broken is None


def test_a_personal_word_that_was_swapped_is_found(capsys):
    record("node", "person.invited", "person:4", {"name": "김하늘"}, personal=["name"])
    execute("UPDATE ledger_personal SET value = '\"이바다\"'")
    assert "“name” of ledger entry 0 was changed" in refusal(capsys)


@pytest.mark.usefixtures("written")
def test_an_entry_can_neither_be_changed_nor_removed_by_our_own_code():
    entry = Entry.objects.get(index=0)
    for forbidden in (entry.save, entry.delete, Entry.objects.all().delete, Entry.objects.all().update):
        with pytest.raises(TypeError):
            forbidden()


def test_the_time_of_an_entry_may_be_given():
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    record("node", "node.started", "node", now=moment)
    assert Entry.objects.get().at == moment
    assert verify().broken is None


def _edge(leaves):
    from dure.foundation.ledger import Frontier

    edge = Frontier()
    for leaf in leaves:
        edge = edge.plus(leaf)
    return edge
