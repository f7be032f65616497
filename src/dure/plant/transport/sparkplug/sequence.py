"""Sequence numbers: 0 to 255 and round again (Sparkplug 3.0.0 §6.4.5)."""

ROUND = 256


def following(seq: int) -> int:
    """The number due after `seq`.

    >>> following(7), following(255)
    (8, 0)
    """
    return (seq + 1) % ROUND


def ahead(expected: int, seq: int) -> int:
    """How many messages lie before `seq` when `expected` was due.

    >>> ahead(254, 254), ahead(254, 1), ahead(5, 4)
    (0, 3, 255)
    """
    return (seq - expected) % ROUND
