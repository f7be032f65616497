"""MQTT 3.1.1 and 5.0 as a client: lean, in batches, and nothing confirmed before its taker says so.

OASIS MQTT Version 5.0 (2019-03-07) and 3.1.1 (2014-10-29). `docs/decisions/2026-11-24-own-mqtt-client.md` says why.
"""

from dure.plant.transport.mqtt.client import Client, Options
from dure.plant.transport.mqtt.errors import (
    MqttLost,
    MqttOdd,
    MqttRefused,
    MqttSilent,
    MqttUnreachable,
    TopicRefused,
)
from dure.plant.transport.mqtt.packets import Connected, Will
from dure.plant.transport.mqtt.reasons import reason
from dure.plant.transport.mqtt.stream import Messages, Stream
from dure.plant.transport.mqtt.topics import check_filter, check_topic, matcher, matches

__all__ = [
    "Client",
    "Connected",
    "Messages",
    "MqttLost",
    "MqttOdd",
    "MqttRefused",
    "MqttSilent",
    "MqttUnreachable",
    "Options",
    "Stream",
    "TopicRefused",
    "Will",
    "check_filter",
    "check_topic",
    "matcher",
    "matches",
    "reason",
]
