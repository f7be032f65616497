"""The message that writes a value; whether it may be written is decided before."""

import json

from dure.plant.connect import SourceOdd
from dure.plant.connect.mqtt.rules import read_path
from dure.plant.transport.mqtt import check_topic
from dure.vocabulary import Signal, Text


def message(signal: Signal, value: float, template: str) -> tuple[str, bytes]:
    """Topic and payload: the number itself, or an object with the field in which the signal's value comes.

    Raises
    ------
    SourceOdd, TopicRefused
        If the signal's address names no topic, or an entry of a list.

    Examples
    --------
    >>> message(Signal("z/lamp/brightness", "z", address="zigbee2mqtt/lamp $.brightness"), 80.0, "{topic}/set")
    ('zigbee2mqtt/lamp/set', b'{"brightness": 80.0}')
    >>> message(Signal("z/valve", "z", address="plant/valve $"), 0.5, "{topic}/set")
    ('plant/valve/set', b'0.5')
    """
    topic, blank, written = signal.address.rpartition(" ")
    try:
        path = read_path(written)
    except ValueError:
        blank, path = "", ()
    if not blank or any(isinstance(step, int) for step in path):
        raise SourceOdd(
            signal.id, why=Text("its address says no place to write to", "쓸 위치가 주소에 없습니다")
        )
    content: object = value
    for step in reversed(path):
        content = {step: content}
    return check_topic(template.replace("{topic}", topic)), json.dumps(content).encode()
