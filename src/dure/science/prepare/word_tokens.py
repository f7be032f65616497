"""Words on their way through arrays of numbers: a token stands for a word until the steps on words have read it.

A row on the line is an array of floats. Where a step treats words (`Step.on_words`), the row carries a token in the
word's place; the step looks the word up, and puts a token of what it made, or numbers.
"""

import math
import threading
from collections import OrderedDict

# So many words are known at a time: a row's tokens are looked up at once, in the same push.
_KEPT = 65_536
# Characters that the known words may have together, so that long texts are not kept for long.
_CHARACTERS = 64_000_000


class WordTokens:
    """Tokens of words: numbers that count up, each good until many others have been given.

    >>> tokens = WordTokens()
    >>> tokens.word_of(tokens.token_of("pump leaks")), tokens.word_of(tokens.token_of(None))
    ('pump leaks', None)
    """

    def __init__(self, kept: int = _KEPT, characters: int = _CHARACTERS) -> None:
        self._kept, self._characters = kept, characters
        self._words: OrderedDict[float, str] = OrderedDict()
        self._next, self._held = 1.0, 0
        self._lock = threading.Lock()

    def token_of(self, word: str | None) -> float:
        """A token that stands for `word`; NaN where there is none."""
        if word is None:
            return float("nan")
        with self._lock:
            token, self._next = self._next, self._next + 1.0
            self._words[token] = word
            self._held += len(word)
            while len(self._words) > 1 and (len(self._words) > self._kept or self._held > self._characters):
                self._held -= len(self._words.popitem(last=False)[1])
        return token

    def word_of(self, token: float) -> str | None:
        """The word that a token stands for; None where it is NaN.

        Raises
        ------
        KeyError
            If the token is none, or too old.
        """
        return None if math.isnan(token) else self._words[float(token)]


_TOKENS = WordTokens()
token_of = _TOKENS.token_of
word_of = _TOKENS.word_of
