"""Sequence numbers of notifications: what is missing, what came twice (OPC 10000-4 §5.14.1, §7.27).

Numbers of a subscription go up by one from 1 to 4294967295 and then begin at 1 again; a keep-alive bears the
number that the next notification will have and does not use it up.
"""

LAST = 2**32 - 1
LONGEST = 10_000  # numbers asked for again after one loss; beyond it the whole stretch is named as one gap


def after(number: int, steps: int = 1) -> int:
    """The number `steps` after `number`.

    >>> after(7), after(4294967295)
    (8, 1)
    """
    return (number - 1 + steps) % LAST + 1


def distance(start: int, end: int) -> int:
    """Steps from `start` to `end`, negative if `end` lies before; the shorter way round.

    >>> distance(5, 8), distance(8, 5), distance(4294967295, 2)
    (3, -3, 2)
    """
    ahead = (end - start) % LAST
    return ahead if ahead <= LAST // 2 else ahead - LAST


def missing(expected: int, arrived: int) -> list[int]:
    """Numbers that were sent before `arrived` and have not come, given that `expected` was due.

    >>> missing(4, 4), missing(4, 7), missing(4, 2), missing(4294967295, 2)
    ([], [4, 5, 6], [], [4294967295, 1])
    """
    return [after(expected, step) for step in range(max(0, min(distance(expected, arrived), LONGEST)))]


def to_ask_again(expected: int, available: list[int]) -> list[int]:
    """Numbers to ask for after a link was lost: from the one that was due to the last the server still has.

    >>> to_ask_again(6, [4, 5, 8]), to_ask_again(6, [4, 5]), to_ask_again(6, [])
    ([6, 7, 8], [], [])
    """
    steps = [distance(expected, number) for number in available]
    return [after(expected, step) for step in range(min(max(steps, default=-1) + 1, LONGEST))]
