#!/usr/bin/python3
"""Another implementation of the messages, to compare parcelgate's with: Google's protobuf for Python.

    roundtrip.py DESCRIPTORS            serve conversions, a line each
    roundtrip.py DESCRIPTORS examples   print awkward messages in both encodings

DESCRIPTORS is a FileDescriptorSet file; the build makes one (`wire::v1::DESCRIPTORS`).
Needs Python 3.9 and protobuf 3.20 or later (Debian: python3-protobuf).

Conversions: lines on standard input, one line of answer each, in order, flushed.

    to_json   MESSAGE BASE64    base64 of protobuf binary in, base64 of JSON (UTF-8) out
    to_binary MESSAGE BASE64    base64 of JSON in, base64 of protobuf binary out

MESSAGE is the full name, such as parcelgate.v1.Declaration. The base64 may be missing: no bytes.
An answer is the base64 (an empty line for no bytes) or `error ` and one line of text.
JSON is the canonical mapping with its default settings, on one line. Binary is deterministic.
Unknown fields: dropped on the way to JSON, an error on the way to binary.

Examples: NDJSON on standard output, {"message", "json", "binary_base64"}; json is a text that holds JSON.
"""

import base64
import json
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import timestamp_pb2  # noqa: F401 (its class makes Timestamps plain to json_format)

PACKAGE = "parcelgate.v1"

INT32 = (-(2**31), 2**31 - 1)
INT64 = (-(2**63), 2**63 - 1)
UINT32_MAX = 2**32 - 1
TEXTS = [
    "耐克 Ｎｉｋｅ Café Cafe\u0301",
    "👟👩‍👩‍👧 🇨🇳 \U00020bb7",
    "zero\u200bwidth\u2060 \u202eright to left, bom\ufeff",
    "\"quoted\" \\ / \t\r\n\b\f \x00 \x1f \x7f \u0080 \u2028\u2029 \ufffd \U0010ffff",
    "<script>&'</script>",
]
TIMES = [  # seconds since 1970, nanoseconds
    (-62135596800, 0),  # 0001-01-01T00:00:00Z, the first there is
    (253402300799, 999999999),  # 9999-12-31T23:59:59.999999999Z, the last
    (0, 0),
    (-1, 1),
    (1790000000, 1000),
    (1790000000, 120000000),
]


def load(path):
    """The messages of a FileDescriptorSet, as classes by full name."""
    descriptors = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        descriptors.ParseFromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    well_known = timestamp_pb2.DESCRIPTOR
    files = {file.name: file for file in descriptors.file}
    if well_known.name not in files:
        files[well_known.name] = descriptor_pb2.FileDescriptorProto.FromString(well_known.serialized_pb)
    added = set()

    def add(name):  # what a file imports has to be there before it
        if name not in added:
            added.add(name)
            for dependency in files[name].dependency:
                add(dependency)
            pool.AddSerializedFile(files[name].SerializeToString())

    for name in sorted(files):
        add(name)
    names = [
        f"{file.package}.{message.name}"
        for file in descriptors.file
        if file.package == PACKAGE
        for message in file.message_type
    ]
    return {name: message_class(pool.FindMessageTypeByName(name)) for name in names}


def message_class(descriptor):
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(descriptor.file.pool).GetPrototype(descriptor)


def to_json(message):
    return json.dumps(json_format.MessageToDict(message), ensure_ascii=False, separators=(",", ":"))


def to_binary(message):
    return message.SerializeToString(deterministic=True)


def convert(classes, line):
    """The answer to one line of standard input."""
    try:
        direction, name, *payload = line.split()
        data = base64.b64decode("".join(payload), validate=True)
        message = classes[name]()
        if direction == "to_json":
            message.ParseFromString(data)
            result = to_json(message).encode()
        elif direction == "to_binary":
            result = to_binary(json_format.Parse(data.decode(), message))
        else:
            raise ValueError(f"unknown direction {direction}")
    except Exception as fault:  # whatever it is, the caller wants to see it
        return "error " + " ".join(f"{type(fault).__name__}: {fault}".split())
    return base64.b64encode(result).decode()


def values(field, depth):
    """Awkward values for a field."""
    kind = field.cpp_type
    if kind == field.CPPTYPE_STRING:
        return [bytes(range(256)), b"", b"\xff"] if field.type == field.TYPE_BYTES else TEXTS
    if kind == field.CPPTYPE_ENUM:
        return [value.number for value in field.enum_type.values][::-1]
    if kind == field.CPPTYPE_BOOL:
        return [True, False]
    if kind == field.CPPTYPE_MESSAGE:
        nested = message_class(field.message_type)
        if field.message_type.full_name == "google.protobuf.Timestamp":
            return [nested(seconds=seconds, nanos=nanos) for seconds, nanos in TIMES]
        return [nested(), filled(nested, 0, depth + 1), filled(nested, 1, depth + 1)]
    return {
        field.CPPTYPE_INT32: [INT32[0], INT32[1], -1],
        field.CPPTYPE_INT64: [INT64[0], INT64[1], 2**53 + 1],
        field.CPPTYPE_UINT32: [UINT32_MAX, 1],
    }[kind]


def is_repeated(field):
    known = getattr(field, "is_repeated", None)  # protobuf before 6 has only the label
    return field.label == field.LABEL_REPEATED if known is None else known


def put(message, field, value):
    if is_repeated(field):
        getattr(message, field.name).append(value)
    elif field.cpp_type == field.CPPTYPE_MESSAGE:
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)


def filled(message, turn, depth=0):
    """A message with every field set; each turn takes other values."""
    result = message()
    if depth > 4:
        raise ValueError(f"{message.DESCRIPTOR.full_name} is nested too deeply")
    for position, field in enumerate(message.DESCRIPTOR.fields):
        candidates = values(field, depth)
        if is_repeated(field):
            getattr(result, field.name).extend(candidates)
        else:
            put(result, field, candidates[(turn + position) % len(candidates)])
    return result


def single_field(message):
    """For every value of every field a message with just that set."""
    for field in message.DESCRIPTOR.fields:
        for value in values(field, 0):
            result = message()
            put(result, field, value)
            yield result


def examples(classes):
    for name, message in sorted(classes.items()):
        turns = max(len(TEXTS), len(TIMES))
        for example in [message(), *(filled(message, turn) for turn in range(turns)), *single_field(message)]:
            yield {
                "message": name,
                "json": to_json(example),
                "binary_base64": base64.b64encode(to_binary(example)).decode(),
            }


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[1:] not in ([], ["examples"]):
        sys.exit(__doc__)
    classes = load(arguments[0])
    if arguments[1:]:
        for example in examples(classes):
            print(json.dumps(example))
        return
    for line in sys.stdin:
        print(convert(classes, line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
