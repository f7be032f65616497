"""Either side is killed at any chunk, and the delivery goes on; real processes, SIGKILL."""

import json
import random
from pathlib import Path

import pytest

from dure.sharing.delivery import Chest, Receipt, SourceRefuses, cut, hand_in, opened_near, receive
from sharing.delivery.signing import AGREEMENT, CONSUMER, PROVIDER, check, sign

CHUNK = 65_536


def whole(folder: Path, manifest) -> bytes:
    return b"".join(Chest(folder / "consumer" / "sharing").part(AGREEMENT, make=False).whole(manifest))


def play(sides, kills: list[tuple[str, int]]) -> None:
    """Kill sides after some chunks each, one after the other; what arrives is the same, and nothing came twice."""
    manifest = cut(sides.file, CHUNK)
    provider, consumer = sides.provider(slow=0.004), sides.consumer(manifest.root)
    printed, killed = [], 0
    for who, after in [*kills, ("nobody", 10**9)]:
        came = 0
        while line := consumer.line():
            words = line.split()
            if words[0] == "done":
                break
            printed.append(int(words[1]))
            came += 1
            if came >= after:
                break
        else:
            raise AssertionError("the consumer ended by itself")
        if words[0] == "done":
            break
        killed += 1
        if who == "provider":
            provider.kill()
            provider = sides.provider(slow=0.004)
        else:
            consumer.kill()
            consumer = sides.consumer(manifest.root)
    assert whole(sides.folder, manifest) == sides.content
    assert killed
    # A chunk is lost at most when it was in flight at a consumer's death: the count of those there only grows.
    # (One that dies between its last chunk and our reading of its lines leaves nothing to fetch to its successor.)
    assert words[0] == "done"
    assert int(words[1]) + int(words[2]) == len(manifest.chunks)
    assert len(printed) <= len(manifest.chunks) + 8 * killed


@pytest.mark.parametrize(
    "kills", [[("consumer", 1), ("provider", 7), ("consumer", 9), ("provider", 1), ("consumer", 5)]]
)
def test_a_delivery_survives_kill_9_of_either_side(sides, kills) -> None:
    play(sides, kills)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("after", range(1, 41))
@pytest.mark.parametrize("who", ["provider", "consumer"])
def test_a_delivery_survives_kill_9_at_every_chunk(sides, who, after) -> None:
    play(sides, [(who, after)])


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", range(20))
def test_a_delivery_survives_many_kills(sides, seed) -> None:
    dice = random.Random(seed)  # noqa: S311 - which side dies, not a key
    play(sides, [(dice.choice(["provider", "consumer"]), dice.randint(1, 6)) for _ in range(10)])


def test_both_sign_and_the_receipt_may_be_asked_for_again(sides) -> None:
    sides.provider()
    chest = Chest(sides.folder / "sharing")
    done = receive(sides.url, sides.token, chest.part(AGREEMENT), opener=opened_near)
    mine = Receipt(
        AGREEMENT,
        "t1",
        done.manifest.root,
        done.manifest.size,
        1_000,
        CONSUMER,
        PROVIDER,
        "2026-11-24T12:00:00+00:00",
    ).signed(sign(CONSUMER))
    first = hand_in(sides.url, sides.token, mine, check, opener=opened_near)
    first.require(check)
    # The receipt ends the token; an answer that was lost is asked for again all the same.
    with pytest.raises(SourceRefuses):
        receive(sides.url, sides.token, chest.part("other"), opener=opened_near)
    assert hand_in(sides.url, sides.token, mine, check, opener=opened_near) == first
    assert json.loads(first.to_json())["provider_signature"]


def test_a_token_that_runs_out_on_the_way_is_exchanged(sides, tmp_path) -> None:
    from dure.sharing.delivery import Bearer

    sides.provider(life=0.6, slow=0.05)
    bearer = Bearer.kept_at(tmp_path / "token.json", sides.token)
    done = receive(sides.url, bearer, Chest(tmp_path / "sharing").part("a"), opener=opened_near)
    assert done.fetched == 41
    assert bearer.token != sides.token
    assert Bearer.kept_at(tmp_path / "token.json", "x").token == bearer.token
