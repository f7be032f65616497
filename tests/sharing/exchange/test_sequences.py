"""The TCK's 67 sequences against a node of ours in a process of its own, also when it is killed after any message."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance import dsp

from .conftest import FOLDER
from .playing import Mailbox, Player, last_state


def sequences():
    file = FOLDER / "tck-sequences.json"
    return json.loads(file.read_text()) if file.is_file() else []


def named(name):
    return next(one for one in sequences() if one["id"] == name)


@pytest.fixture(scope="module")
def node(vectors, tmp_path_factory):  # noqa: ARG001 - absent vectors skip before a node is started
    folder = tmp_path_factory.mktemp("dsp")
    with dsp.node(folder, SCRIPT_PAUSE="0", SCRIPT_SWEEP="0.2", SCRIPT_HOLD="1") as one:
        yield one


@pytest.fixture(scope="module")
def mailbox():
    box = Mailbox()
    yield box
    box.close()


def settled(player, state):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if player.state() == state:
            return True
        time.sleep(0.02)
    return False


def test_all_67_sequences_are_played_to_their_end_several_at_once(node, mailbox):
    every = sequences()
    assert len(every) == 67

    def play(sequence):
        player = Player(sequence, node, mailbox)
        player.play()
        if player.theirs:
            assert settled(player, last_state(sequence)), (player.id, player.state(), last_state(sequence))
        assert player.received.empty(), player.id
        return player.id

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(play, every)) == sorted(one["id"] for one in every)
    assert "exchange.fault" not in node.log.read_text()


class Killer:
    """Kills the node at the wanted moments of a sequence, and starts it again."""

    def __init__(self, node, wanted):
        self.node, self.wanted, self.kills = node, wanted, 0

    def __call__(self, number, moment):
        if not self.wanted(number, moment):
            return False
        self.node.kill()
        self.node.start()
        self.kills += 1
        return True


def killed(node, mailbox, sequence, wanted):
    killer = Killer(node, wanted)
    player = Player(sequence, node, mailbox, killer)
    player.play()
    if player.theirs:
        assert settled(player, last_state(sequence)), (player.id, player.state())
    # Each message had its effect once: the same bytes again, or nothing.
    assert player.received.empty(), player.id
    return killer.kills


@pytest.mark.parametrize(
    ("name", "moments"),
    [
        ("CN:01-03", {2, 6}),  # the provider's offer, and its agreement, before they are acknowledged
        ("CN_C:01-01", {1}),  # the consumer's request, before it is acknowledged
    ],
)
def test_a_node_killed_in_the_middle_loses_nothing_and_repeats_nothing(node, mailbox, name, moments):
    assert killed(node, mailbox, named(name), lambda number, _moment: number in moments) == len(moments)


@pytest.mark.soak
@pytest.mark.parametrize("name", [one["id"] for one in sequences()])
def test_a_node_killed_after_every_message_of_a_sequence_comes_to_its_end(node, mailbox, name):
    killed(node, mailbox, named(name), lambda _number, _moment: True)
