"""Sparkplug B 3.0: topics, payloads and sequence numbers, both ways; no connection is made here.

Eclipse Sparkplug Specification 3.0.0 (ISO/IEC 20237:2023).
"""

from dure.plant.transport.sparkplug.datatypes import DataType, interpret
from dure.plant.transport.sparkplug.edge import (
    BD_SEQ,
    REBIRTH,
    EdgeNode,
    Publication,
    command,
    rebirth_request,
)
from dure.plant.transport.sparkplug.errors import NameRefused, PayloadWrong
from dure.plant.transport.sparkplug.payload import DataSet, Metric, Payload, Template, decode, encode, words
from dure.plant.transport.sparkplug.sequence import ahead, following
from dure.plant.transport.sparkplug.state import State, read_state, write_state
from dure.plant.transport.sparkplug.topics import NAMESPACE, Topic, check_name, read_topic

__all__ = [
    "BD_SEQ",
    "NAMESPACE",
    "REBIRTH",
    "DataSet",
    "DataType",
    "EdgeNode",
    "Metric",
    "NameRefused",
    "Payload",
    "PayloadWrong",
    "Publication",
    "State",
    "Template",
    "Topic",
    "ahead",
    "check_name",
    "command",
    "decode",
    "encode",
    "following",
    "interpret",
    "read_state",
    "read_topic",
    "rebirth_request",
    "words",
    "write_state",
]
