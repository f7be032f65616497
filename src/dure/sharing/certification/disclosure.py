"""What an assessor is shown of data that stay where they are, and how likely a fraud would have been seen.

First the holder commits to the root; then the assessor names a seed; the blocks to be shown follow from both, so that neither chose
them. The assessor checks each block's proof and compares its rows with what the machine or the paper says.
"""

import base64
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from dure.sharing.certification.blocks import BLOCK_ROWS, belongs, block_bytes, kinds_of, leaves, proof_of
from dure.sharing.certification.refusals import DisclosureWrong
from dure.sharing.certification.signing import Signer, payload_of, token, wrong

if TYPE_CHECKING:
    import polars as pl

ASSESSMENT = "assessment+jwt"
FRACTIONS = (0.01, 0.05, 0.1, 0.25)
"""Shares of altered blocks for which a certificate states the probability."""


@dataclass(frozen=True)
class Shown:
    """One block shown: its number, its rows, and the hashes that lead to the root."""

    number: int
    rows: "pl.DataFrame"
    proof: tuple[str, ...]


@dataclass(frozen=True)
class Disclosure:
    """The blocks shown of the data with this root."""

    root: str
    count: int
    blocks: tuple[Shown, ...]


def found_probability(blocks: int, shown: int, fraction: float) -> float:
    """Probability that at least one of the shown blocks is among those that a fraud touched (hypergeometric).

    Parameters
    ----------
    blocks, shown
        How many there are, and how many of them were drawn without putting back.
    fraction
        Share of the blocks that the fraud touched; at least one block. [1]

    Examples
    --------
    >>> round(found_probability(57, 20, 0.05), 4), found_probability(57, 57, 0.01), found_probability(57, 0, 0.5)
    (0.7344, 1.0, 0.0)
    """
    touched = min(blocks, max(1, ceil(round(fraction * blocks, 9))))
    missed = 1.0
    for one in range(touched):
        missed *= max(blocks - shown - one, 0) / (blocks - one)
    return 1 - missed


def drawn(root: str, seed: str, blocks: int, shown: int) -> tuple[int, ...]:
    """The blocks to be shown, by the root and the assessor's seed alone; ascending.

    Ordered by SHA-256 of `root`, `seed` and the block's number, and the first so many taken.

    >>> drawn("sha256:00", "assessor 2026-11-24", 57, 4)
    (22, 23, 39, 50)
    """

    def turn(number: int) -> bytes:
        return hashlib.sha256(f"{root}\n{seed}\n{number}".encode()).digest()

    return tuple(sorted(sorted(range(blocks), key=turn)[: max(0, shown)]))


def disclose(frame: "pl.DataFrame", numbers: Sequence[int], rows: int = BLOCK_ROWS) -> Disclosure:
    """The blocks of these numbers with their proofs."""
    from dure.foundation.ledger import root

    every = leaves(frame, rows)
    shown = (Shown(one, frame.slice(one * rows, rows), tuple(proof_of(every, one))) for one in numbers)
    return Disclosure(f"sha256:{root(every).hex()}", len(every), tuple(shown))


def check(disclosure: Disclosure, root: str, count: int) -> tuple[int, ...]:
    """The numbers of the blocks, each of which belongs to the root; raises `DisclosureWrong`."""
    for one in disclosure.blocks:
        content = block_bytes(one.rows, one.number, kinds_of(one.rows))
        if not belongs(content, one.number, count, one.proof, root):
            raise DisclosureWrong(str(one.number))
    return tuple(one.number for one in disclosure.blocks)


def assess(  # noqa: PLR0913 - what an assessor states
    disclosure: Disclosure,
    root: str,
    count: int,
    *,
    seed: str,
    assessor: Signer,
    now: datetime,
    words: str = "",
) -> str:
    """The assessor's signed statement on the blocks shown: a token for the certificate.

    Raises
    ------
    DisclosureWrong
        If a block does not belong to the root, or the blocks are not those that root and seed draw.
    """
    numbers = check(disclosure, root, count)
    asked = drawn(root, seed, count, len(numbers))
    if tuple(sorted(numbers)) != asked:
        lacking = next((one for one in asked if one not in numbers), asked[0] if asked else 0)
        raise DisclosureWrong(str(lacking))
    said = {
        "iss": assessor.did, "iat": int(now.astimezone(UTC).timestamp()), "root": root, "blocks": count, "seed": seed,
        "shown": list(asked), "words": words[:2_000],
    }  # fmt: skip
    return token(assessor, said, ASSESSMENT)


def assessment(compact: str) -> tuple[dict[str, Any], str]:
    """What an assessor stated, and the id of the key that signed; raises `CertificateWrong`."""
    head, said = payload_of(compact, ASSESSMENT)
    numbers, count = said.get("shown"), said.get("blocks")
    if (
        not isinstance(count, int)
        or not isinstance(numbers, list)
        or len(numbers) > count
        or not all(isinstance(said.get(name), str) for name in ("iss", "root", "seed"))
        or not all(isinstance(one, int) for one in numbers)
    ):
        raise wrong("the assessment", "it lacks what an assessor states.", "심사자의 진술이 빠져 있습니다.")
    if not head["kid"].startswith(f"{said['iss']}#"):
        raise wrong("the assessment", "its key is not its issuer's.", "서명한 키가 심사자의 키가 아닙니다.")
    if list(drawn(said["root"], said["seed"], count, len(numbers))) != numbers:
        raise wrong(
            "the assessment", "the blocks were chosen, not drawn.", "블록을 추첨하지 않고 골랐습니다."
        )
    return said, head["kid"]


def chances(blocks: int, shown: int) -> Iterator[Mapping[str, float]]:
    """For each of `FRACTIONS` the probability that a fraud touching that share of the blocks would have been seen."""
    for one in FRACTIONS:
        yield {"fraction": one, "probability": float(f"{found_probability(blocks, shown, one):.6g}")}


def written(disclosure: Disclosure) -> str:
    """The blocks shown as one JSON text: rows as Parquet in base64, each with its proof."""
    shown = []
    for one in disclosure.blocks:
        content = io.BytesIO()
        one.rows.write_parquet(content)
        rows = base64.b64encode(content.getvalue()).decode()
        shown.append({"number": one.number, "proof": list(one.proof), "rows": rows})
    return json.dumps({"root": disclosure.root, "count": disclosure.count, "blocks": shown}) + "\n"


def read(text: str) -> Disclosure:
    """The blocks that `written` wrote; at most 10,000 of them, and 200 MB in all.

    Raises
    ------
    CertificateWrong
        If it is no such text.
    """
    import polars as pl

    if len(text) > 200_000_000:
        raise wrong("the blocks", "they are too large.", "너무 큽니다.")
    try:
        found = json.loads(text)
        blocks = found["blocks"][:10_000]
        shown = tuple(
            Shown(
                int(one["number"]),
                pl.read_parquet(io.BytesIO(base64.b64decode(one["rows"], validate=True))),
                tuple(str(step) for step in one["proof"][:64]),
            )
            for one in blocks
        )
        return Disclosure(str(found["root"]), int(found["count"]), shown)
    except (ValueError, KeyError, TypeError, RecursionError, pl.exceptions.PolarsError, OSError) as odd:
        raise wrong(
            "the blocks", "they are no blocks that dure wrote.", "dure가 만든 블록 파일이 아닙니다."
        ) from odd
