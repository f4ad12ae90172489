"""The tensors in a file that `torch.save` wrote, as NumPy arrays: without PyTorch, and nothing is executed.

Such a file is a zip file with one folder. Its member `data.pkl` is a pickle that names tensors and says where
their numbers stand: in `data/0`, `data/1` and so on. A pickle is a program; here its few instructions that
describe a state dict are followed, by a reader that can do nothing else, and any other ends it.
"""

from __future__ import annotations

import math
import pickletools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.policies.bounded_zip import BoundedZip, UnreadableZip
from ppo_desktop.ppo.messages import one_line, shortened

MOST_NUMBERS = 8_000_000
"""In all tensors together."""
_MOST_BYTES = 8 * MOST_NUMBERS
_LONGEST_PICKLE = 1_000_000
_DICTIONARY = "collections OrderedDict"
_TENSOR = "torch._utils _rebuild_tensor_v2"
_PARAMETER = "torch._utils _rebuild_parameter"
_TYPES = {
    "torch FloatStorage": "f4",
    "torch DoubleStorage": "f8",
    "torch HalfStorage": "f2",
    "torch LongStorage": "i8",
}
_MOST_DIMENSIONS = 8
_MOST_ITEMS = 10_000
_LONGEST_NAME = 60


class UnreadableTensors(ValueError):
    """A file that is none of `torch.save`, is damaged, or holds something else; the message says what."""


class _Named(NamedTuple):
    """A class or function that a pickle names; it stays a name."""

    name: str


class _Storage(NamedTuple):
    """Where numbers stand: in which member, and of which type."""

    key: str
    type: str


class _Tensor(NamedTuple):
    """A view of a storage: which of its numbers, by PyTorch's offset, sizes and strides."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(contents: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of a state dict by name, from the contents of a file of `torch.save`.

    Raises:
        UnreadableTensors: It holds no state dict, or too large a one.
    """
    saved = read_saved(contents)
    if not all(isinstance(item, np.ndarray) for item in saved.values()):
        raise UnreadableTensors("holds more than a state dict")
    return saved


def read_saved(contents: bytes) -> dict[str, Any]:
    """Return what a file of `torch.save` holds by name: tensors, texts, and state dicts.

    Raises:
        UnreadableTensors: It holds something else, or too much.
    """
    try:
        archive = BoundedZip(contents)
        folder = next((name for name in archive.names if name.endswith("/data.pkl")), "data.pkl")[:-8]
        described = _followed(archive.read(f"{folder}data.pkl", _LONGEST_PICKLE))
        is_big = f"{folder}byteorder" in archive.names and archive.read(f"{folder}byteorder", 10) == b"big"
        numbers: dict[_Storage, NDArray[Any]] = {}
        left = _MOST_BYTES
        for storage in {tensor.storage for tensor in _tensors_of(described)}:
            stored = archive.read(f"{folder}data/{storage.key}", left)
            left -= len(stored)
            numbers[storage] = np.frombuffer(stored, (">" if is_big else "<") + storage.type)
    except UnreadableZip as error:
        raise UnreadableTensors(str(error)) from error
    except ValueError as error:
        raise error if isinstance(error, UnreadableTensors) else UnreadableTensors("is damaged") from error
    return {name: _with_numbers(item, numbers) for name, item in described.items()}


def _tensors_of(described: dict[str, Any]) -> list[_Tensor]:
    """Return all tensors of what is described, or raise UnreadableTensors where there is too much or else."""
    parts = [item if isinstance(item, dict) else {"": item} for item in described.values()]
    if sum(map(len, parts)) > _MOST_ITEMS:
        raise UnreadableTensors("is too large")
    items = [item for part in parts for item in part.values() if not isinstance(item, str)]
    tensors = [item for item in items if isinstance(item, _Tensor)]
    if len(tensors) < len(items):
        raise UnreadableTensors("holds more than state dicts")
    if sum(math.prod(tensor.shape) for tensor in tensors) > MOST_NUMBERS:
        raise UnreadableTensors("is too large")
    return tensors


def _with_numbers(item: Any, numbers: dict[_Storage, NDArray[Any]]) -> Any:
    match item:
        case _Tensor():
            return _viewed(item, numbers[item.storage])
        case dict():
            return {name: _with_numbers(part, numbers) for name, part in item.items()}
        case _:
            return item


def _viewed(tensor: _Tensor, numbers: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of what a tensor is of these numbers, in the machine's own byte order."""
    if not math.prod(tensor.shape):
        return np.empty(tensor.shape)
    last = tensor.offset + sum((n - 1) * by for n, by in zip(tensor.shape, tensor.strides, strict=True))
    if last >= len(numbers):
        raise UnreadableTensors("is damaged: a tensor lies outside of its numbers")
    strides = [by * numbers.itemsize for by in tensor.strides]
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides, writeable=False)
    return view.astype(numbers.dtype.newbyteorder("="))


def _followed(pickled: bytes) -> dict[str, Any]:
    """Return what a pickle describes by name."""
    try:
        whole = _result_of(pickled)
    except UnreadableTensors:
        raise
    except (IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableTensors("is damaged") from error
    if not isinstance(whole, dict):
        raise UnreadableTensors("holds no state dict")
    return whole


def _result_of(pickled: bytes) -> Any:
    """Follow a pickle's instructions, of which only those are known that a state dict needs."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    given: Any
    for opcode, given, _ in pickletools.genops(pickled):
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "STOP":
                break
            case "BINPUT" | "LONG_BINPUT":
                memo[given] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[given])
            case "MARK":
                marks.append(len(stack))
            case "GLOBAL":
                stack.append(_Named(given))
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[opcode.name])
            case "BINUNICODE" | "SHORT_BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT":
                stack.append(given)
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(_popped_from(stack, len(stack) - int(opcode.name[-1]))))
            case "TUPLE":
                stack.append(tuple(_popped_from(stack, marks.pop())))
            case "EMPTY_DICT":
                stack.append({})
            case "SETITEM":
                _set(stack, _popped_from(stack, len(stack) - 2))
            case "SETITEMS":
                _set(stack, _popped_from(stack, marks.pop()))
            case "BINPERSID":
                stack.append(_storage(stack.pop()))
            case "REDUCE":
                made, arguments = _popped_from(stack, len(stack) - 2)
                stack.append(_made(made, arguments))
            case "BUILD":  # of a state dict, which versions its modules have
                stack.pop()
            case _:
                raise UnreadableTensors("holds more than a state dict")
    return stack[-1]


def _popped_from(stack: list[Any], place: int) -> list[Any]:
    if not 0 <= place <= len(stack):
        raise IndexError
    popped = stack[place:]
    del stack[place:]
    return popped


def _set(stack: list[Any], items: list[Any]) -> None:
    if not isinstance(stack[-1], dict) or any(type(name) is not str for name in items[::2]):
        raise UnreadableTensors("holds more than a state dict")
    stack[-1].update(zip(items[::2], items[1::2], strict=True))


def _storage(named: Any) -> _Storage:
    """Return the storage of a persistent id: "storage", type, key, on which device, how many numbers."""
    word, kind, key, _device, _count = named
    if word != "storage" or type(key) is not str or not isinstance(kind, _Named):
        raise TypeError
    if kind.name not in _TYPES:
        raise UnreadableTensors(
            f"holds numbers of a kind that is not read: {shortened(one_line(kind.name), _LONGEST_NAME)}"
        )
    return _Storage(key, _TYPES[kind.name])


def _made(named: Any, arguments: Any) -> Any:
    """Return what calling a class or function that is named there stands for."""
    match named:
        case _Named(name=name) if name == _DICTIONARY:
            return {}
        case _Named(name=name) if name == _PARAMETER:
            return arguments[0]
        case _Named(name=name) if name == _TENSOR:
            storage, offset, shape, strides, *_ = arguments
            sizes = (offset, *shape, *strides)
            if not isinstance(storage, _Storage) or any(type(n) is not int or n < 0 for n in sizes):
                raise TypeError
            if len(shape) != len(strides) or len(shape) > _MOST_DIMENSIONS:
                raise UnreadableTensors("has a tensor of dimensions that no network needs")
            return _Tensor(storage, offset, tuple(shape), tuple(strides))
        case _Named(name=name):
            raise UnreadableTensors(
                f"wants to call {shortened(one_line(name), _LONGEST_NAME)}, which no state dict needs"
            )
    raise TypeError
