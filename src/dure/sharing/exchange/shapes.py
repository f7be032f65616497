"""What a JSON value must look like, as small functions: the vocabulary in which `messages` says each message.

A check takes a value and the place where it stands and yields what is wrong with it. Checks are plain functions, so
that a message of a kilobyte is looked through in microseconds; the published JSON Schemas judge them in the tests.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Flaw = tuple[str, str]
"""Where, and what is wrong there."""
Check = Callable[[Any, str], Iterator[Flaw]]


def text(value: Any, at: str) -> Iterator[Flaw]:
    """Any text."""
    if not isinstance(value, str):
        yield at, "is not a text"


def anything(_value: Any, _at: str) -> Iterator[Flaw]:
    """Whatever JSON holds."""
    yield from ()


def a_list(value: Any, at: str) -> Iterator[Flaw]:
    """A list of whatever."""
    if not isinstance(value, list):
        yield at, "is not a list"


def word(*words: str) -> Check:
    """One of these words.

    >>> list(word("Offer")("Set", "offer.@type"))
    [('offer.@type', 'is not Offer')]
    """

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if value not in words:
            yield at, f"is not {' or '.join(words)}"

    return check


def like(pattern: str) -> Check:
    """A text in which `pattern` is found."""
    compiled = re.compile(pattern)

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, str) or compiled.search(value) is None:
            yield at, "is not written as it should be"

    return check


def items(each: Check, least: int = 0) -> Check:
    """A list of at least `least` things that each pass `each`."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, list):
            yield at, "is not a list"
            return
        if len(value) < least:
            yield at, f"has fewer than {least} items"
        for number, item in enumerate(value):
            yield from each(item, f"{at}[{number}]")

    return check


def record(fields: Mapping[str, Check], needs: tuple[str, ...] = ()) -> Check:
    """An object that has `needs`, and whose known `fields` pass; what else it holds is not ours to judge.

    >>> pid = record({"providerPid": text}, needs=("providerPid",))
    >>> list(pid({"more": 1}, "message"))
    [('message', 'lacks providerPid')]
    """

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if not isinstance(value, dict):
            yield at, "is not an object"
            return
        for name in needs:
            if name not in value:
                yield at, f"lacks {name}"
        for name, one in fields.items():
            if name in value:
                yield from one(value[name], f"{at}.{name}" if at else name)

    return check


def every(*checks: Check) -> Check:
    """All of `checks`."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        for one in checks:
            yield from one(value, at)

    return check


def exactly_one(*checks: Check) -> Check:
    """One of `checks` passes, and no other."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        passed = sum(passes(one, value) for one in checks)
        if passed != 1:
            yield at, "fits none of its forms" if passed == 0 else "fits more than one of its forms"

    return check


def has_one(*names: str) -> Check:
    """Exactly one of these names is there."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            yield at, f"needs exactly one of {', '.join(names)}"

    return check


def has_any(*names: str) -> Check:
    """At least one of these names is there."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if isinstance(value, dict) and not any(name in value for name in names):
            yield at, f"needs one of {', '.join(names)}"

    return check


def lacks(name: str) -> Check:
    """The name is not there."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        if isinstance(value, dict) and name in value:
            yield at, f"may not have {name}"

    return check


def later(find: Callable[[], Check]) -> Check:
    """A check that is written further down: for shapes that hold themselves."""

    def check(value: Any, at: str) -> Iterator[Flaw]:
        return find()(value, at)

    return check


def passes(check: Check, value: Any) -> bool:
    """Whether `check` finds nothing wrong."""
    return next(iter(check(value, "")), None) is None
