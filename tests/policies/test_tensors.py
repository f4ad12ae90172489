"""What `torch.save` has written is read as it is; what is meant to do harm does none."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import Any

import numpy as np
import pytest
import torch

from ppo_desktop.policies.tensors import UnreadableTensors, read_tensors


def saved(contents: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(contents, buffer)
    return buffer.getvalue()


def archive_with(pickled: bytes, **members: bytes) -> bytes:
    """Return a file as `torch.save` writes it, with any pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickled)
        for name, contents in members.items():
            archive.writestr(f"archive/data/{name.removeprefix('_')}", contents)
    return buffer.getvalue()


def described(count: int, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> bytes:
    """Return the pickle of a state dict with one tensor, whatever it says."""

    def tuple_of(numbers: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"J" + struct.pack("<i", number) for number in numbers) + b"t"

    def word(text: str) -> bytes:
        return b"X" + struct.pack("<I", len(text)) + text.encode()

    storage = b"(" + word("storage") + b"ctorch\nFloatStorage\n" + word("0") + word("cpu")
    storage += b"J" + struct.pack("<i", count) + b"tQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"J" + struct.pack("<i", offset)
    tensor += tuple_of(sizes) + tuple_of(strides) + b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}" + word("x") + tensor + b"s."


def test_a_module_s_state_dict_is_read_number_by_number() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    read = read_tensors(saved(module.state_dict()))
    assert list(read) == list(module.state_dict())
    for name, tensor in module.state_dict().items():
        np.testing.assert_array_equal(read[name], tensor.numpy())


def test_views_types_and_parameters_are_what_they_were() -> None:
    whole = torch.arange(24.0).reshape(4, 6)
    tensors = {
        "transposed": whole.T,
        "part": whole[1:, 2:4],
        "repeated": torch.tensor([3.0]).expand(2, 5),
        "double": whole.double(),
        "half": whole.half(),
        "counts": torch.arange(5),
        "single": torch.tensor(2.5),
        "nothing": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(whole + 1),
    }
    read = read_tensors(saved(tensors))
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[name], tensor.detach().numpy())


def test_what_is_no_file_of_torch_is_refused() -> None:
    for contents in (b"", b"PK\x05\x06", b"\x80\x02}.", saved({"x": torch.zeros(3)})[:-40]):
        with pytest.raises(UnreadableTensors):
            read_tensors(contents)


class Evil:
    """Would end the program where it is unpickled."""

    def __reduce__(self) -> Any:
        return exit, (3,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_called_whatever_a_pickle_asks_for(protocol: int) -> None:
    with pytest.raises(UnreadableTensors):
        read_tensors(archive_with(pickle.dumps({"x": Evil()}, protocol)))


@pytest.mark.parametrize(
    "contents", [[1, 2], {"x": 1}, {1: torch.zeros(2)}, {"x": {"y": torch.zeros(2)}}, None]
)
def test_what_is_no_state_dict_is_refused(contents: Any) -> None:
    with pytest.raises(UnreadableTensors):
        read_tensors(saved(contents))


@pytest.mark.parametrize(
    "pickled",
    [
        described(4, (2, 3), (3, 1)),
        described(4, (4,), (1,), offset=1),
        described(4, (2,), (-1,), offset=3),
        described(4, (2,), (1,), offset=-1),
        described(4, (2, 2), (1,)),
        described(1, (2**30, 2**30), (0, 0)),
        described(1, (1,) * 40, (0,) * 40),
        b"\x80\x02.",
        b"\x80\x02}q\x00h\x07.",
        b"\x80\x02t.",
        b"\x80\x02R.",
        b"\x80\x02}X\xff\xff\xff\xffx.",
        b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"x.",
        b"\x80\x02r\xff\xff\xff\x7f.",
    ],
)
def test_what_a_pickle_may_not_say_is_refused(pickled: bytes) -> None:
    with pytest.raises(UnreadableTensors):
        read_tensors(archive_with(pickled, _0=np.ones(4, "<f4").tobytes()))


def test_a_pickle_that_doubles_itself_takes_no_time() -> None:
    doubling = b"\x80\x02)q\x00" + b"h\x00h\x00\x86q\x00" * 200
    for end in (b".", b"}h\x00K\x01s.", b"Q.", b"ctorch\nSize\nh\x00R."):
        with pytest.raises(UnreadableTensors):
            read_tensors(archive_with(doubling + end))


def test_a_member_that_unpacks_to_more_than_is_read_is_refused() -> None:
    with pytest.raises(UnreadableTensors, match="too large"):
        read_tensors(archive_with(described(4, (2,), (1,)), _0=bytes(70_000_000)))
    with pytest.raises(UnreadableTensors, match="too large"):
        read_tensors(archive_with(bytes(3_000_000)))


def test_a_zip_file_of_very_many_members_is_not_even_listed() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(3_000):
            archive.writestr(str(number), b"")
    with pytest.raises(UnreadableTensors, match="members"):
        read_tensors(buffer.getvalue())
