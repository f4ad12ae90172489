"""Fields of Protocol Buffers messages as bytes: what ONNX models and TensorBoard's events are made of.

A message is its fields, one after the other; each is a key, 8 · number + wire type, and what it holds. That
and the numbers of the fields, which never change, is all there is to writing one. So it is done here, in
place of `protobuf`, `onnx` and `tensorboardX`, of which none is needed for anything else: 35 MB less to
ship, to pin and to keep in step. Nothing is ever read.
"""

from __future__ import annotations

import struct

_VARINT, _64_BITS, _LENGTH, _32_BITS = 0, 1, 2, 5
"""Wire types."""


def varint(number: int) -> bytes:
    """Return a whole number in groups of 7 bits, the lowest first; all but the last are marked.

    Raises:
        ValueError: It is negative; no message of ours has such a number.
    """
    if number < 0:
        raise ValueError(f"{number} is negative")
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def integer(field: int, number: int) -> bytes:
    """Return a field of type int32, int64, enum or bool."""
    return _key(field, _VARINT) + varint(number)


def single(field: int, number: float) -> bytes:
    """Return a field of type float."""
    return _key(field, _32_BITS) + struct.pack("<f", number)


def double(field: int, number: float) -> bytes:
    """Return a field of type double."""
    return _key(field, _64_BITS) + struct.pack("<d", number)


def content(field: int, *parts: bytes | str) -> bytes:
    """Return a field of type string, bytes or message, or of packed numbers, from its parts."""
    joined = b"".join(part.encode(errors="replace") if isinstance(part, str) else part for part in parts)
    return _key(field, _LENGTH) + varint(len(joined)) + joined


def _key(field: int, wire_type: int) -> bytes:
    return varint(8 * field + wire_type)
