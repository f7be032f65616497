"""The payload's messages as Google's protobuf runtime knows them, built from the fields that the standard lists.

Sparkplug 3.0.0 §6.4.1 and §16.1 (proto2). Only numbers and types travel; the names are those of the standard.
"""

import re
from functools import cache
from typing import Any, NamedTuple

# message: fields in order; `number type name`, * repeated, | a member of the oneof `value`.
MESSAGES = {
    "DataSetValue": "1|uint32 int_value,2|uint64 long_value,3|float float_value,4|double double_value,5|bool boolean_value,6|string string_value",
    "Row": "1*DataSetValue elements",
    "DataSet": "1 uint64 num_of_columns,2*string columns,3*uint32 types,4*Row rows",
    "Parameter": "1 string name,2 uint32 type,3|uint32 int_value,4|uint64 long_value,5|float float_value,6|double double_value,7|bool boolean_value,8|string string_value",
    "Template": "1 string version,2*Metric metrics,3*Parameter parameters,4 string template_ref,5 bool is_definition",
    "PropertyValue": "1 uint32 type,2 bool is_null,3|uint32 int_value,4|uint64 long_value,5|float float_value,6|double double_value,7|bool boolean_value,8|string string_value,9|PropertySet propertyset_value,10|PropertySetList propertysets_value",
    "PropertySet": "1*string keys,2*PropertyValue values",
    "PropertySetList": "1*PropertySet propertyset",
    "MetaData": "1 bool is_multi_part,2 string content_type,3 uint64 size,4 uint64 seq,5 string file_name,6 string file_type,7 string md5,8 string description",
    "Metric": "1 string name,2 uint64 alias,3 uint64 timestamp,4 uint32 datatype,5 bool is_historical,6 bool is_transient,7 bool is_null,8 MetaData metadata,9 PropertySet properties,10|uint32 int_value,11|uint64 long_value,12|float float_value,13|double double_value,14|bool boolean_value,15|string string_value,16|bytes bytes_value,17|DataSet dataset_value,18|Template template_value",
    "Payload": "1 uint64 timestamp,2*Metric metrics,3 uint64 seq,4 string uuid,5 bytes body",
}  # fmt: skip
PACKAGE = "dure.sparkplug"
# google.protobuf.descriptor.proto, FieldDescriptorProto.Type
_TYPES = {"double": 1, "float": 2, "uint64": 4, "bool": 8, "string": 9, "bytes": 12, "uint32": 13}
_MESSAGE = 11


class Classes(NamedTuple):
    """The message classes that are made directly."""

    payload: Any
    metric: Any


@cache
def classes() -> Classes:
    """The classes of the runtime, made once a process, in a pool of their own.

    >>> classes().payload(seq=7).SerializeToString().hex()
    '1807'
    """
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="dure/sparkplug.proto", package=PACKAGE, syntax="proto2")
    for name, fields in MESSAGES.items():
        _describe(file.message_type.add(name=name), fields)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in ("Payload", "Metric")
    }
    return Classes(made["Payload"], made["Metric"])


def _describe(message: Any, fields: str) -> None:
    for number, mark, kind, name in re.findall(r"(\d+)([ *|])(\w+) (\w+)", fields):
        field = message.field.add(name=name, number=int(number), label=3 if mark == "*" else 1)
        if kind in _TYPES:
            field.type = _TYPES[kind]
        else:
            field.type, field.type_name = _MESSAGE, f".{PACKAGE}.{kind}"
        if mark == "|":
            if not message.oneof_decl:
                message.oneof_decl.add(name="value")
            field.oneof_index = 0
