"""Topic names and topic filters (MQTT 5.0 and 3.1.1 §4.7)."""

import re
from collections.abc import Callable

from dure.plant.transport.mqtt.errors import TopicRefused
from dure.vocabulary import Text

LONGEST = 65_535  # bytes: a length of two bytes


def check_topic(topic: str) -> str:
    """The topic, if a message may be published to it.

    Raises
    ------
    TopicRefused

    Examples
    --------
    >>> check_topic("plant/line1/temp")
    'plant/line1/temp'
    """
    _check_words(topic)
    if "+" in topic or "#" in topic:
        raise TopicRefused(topic, why=Text("a message goes to one topic", "메시지는 한 토픽으로만 갑니다"))
    return topic


def check_filter(filter_: str) -> str:
    """The filter, if a broker may be asked for it: `+` and `#` stand for whole levels, `#` at the end (§4.7.1).

    >>> check_filter("plant/+/temp"), check_filter("#")
    ('plant/+/temp', '#')
    >>> check_filter("plant/#/temp")
    Traceback (most recent call last):
    dure.plant.transport.mqtt.errors.TopicRefused: “plant/#/temp” is no topic of MQTT: # stands at the end only. ...
    """
    _check_words(filter_)
    levels = filter_.split("/")
    if "#" in levels[:-1]:
        raise TopicRefused(filter_, why=Text("# stands at the end only", "#은 끝에만 올 수 있습니다"))
    if any(len(level) > 1 and ("+" in level or "#" in level) for level in levels):
        raise TopicRefused(filter_, why=Text("+ and # stand alone in a level", "+와 #은 한 단계에 홀로 있어야 합니다"))  # fmt: skip
    return filter_


def matches(filter_: str, topic: str) -> bool:
    """Whether a topic lies in a filter; topics that begin with $ lie in no wildcard (§4.7.2).

    >>> [matches("plant/+/temp", t) for t in ("plant/a/temp", "plant/temp", "plant/a/b/temp")]
    [True, False, False]
    >>> matches("plant/#", "plant"), matches("#", "$SYS/uptime"), matches("$SYS/#", "$SYS/uptime")
    (True, False, True)
    """
    return matcher(filter_)(topic)


def matcher(filter_: str) -> Callable[[str], bool]:
    """A function that says of a topic whether it lies in the filter."""
    filter_ = re.sub(r"^\$share/[^/]+/", "", filter_)
    if "+" not in filter_ and "#" not in filter_:
        return lambda topic: topic == filter_
    levels = ["[^/]*" if level == "+" else re.escape(level) for level in filter_.split("/")]
    pattern = "/".join(levels)
    if filter_ == "#":
        pattern = ".*"
    elif filter_.endswith("/#"):
        pattern = "/".join(levels[:-1]) + "(/.*)?"
    whole = re.compile(pattern if filter_.startswith("$") else rf"(?!\$){pattern}", re.DOTALL)
    return lambda topic: whole.fullmatch(topic) is not None


def _check_words(words: str) -> None:
    try:
        size = len(words.encode())
    except UnicodeEncodeError:
        raise TopicRefused(
            ascii(words), why=Text("it is no Unicode text", "유니코드 글자가 아닙니다")
        ) from None
    if not words or size > LONGEST:
        raise TopicRefused(words[:80], why=Text("it has 1 to 65,535 bytes", "1–65,535바이트여야 합니다"))
    if "\0" in words:
        raise TopicRefused(ascii(words), why=Text("it holds a zero", "0 문자가 들어 있습니다"))
