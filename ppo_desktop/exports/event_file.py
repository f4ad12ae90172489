"""TensorBoard's event files: a row of records, each an event with its checksums.

What an event is made of stands in TensorBoard's `event.proto`, `summary.proto` and, of the HParams plugin,
`plugin_data.proto`. Scalars come in columns: an event of many scalars looks the same at every step but for
its numbers, so that thousands are put together at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.exports.protobuf import content, double, integer, varint
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import Value

_VERSION = "brain.Event:2"
_AT_ONCE = 4_096
"""Events that are put together in one go: a few megabytes, and a few milliseconds of the interpreter."""
_STEP_BYTES = 6
"""Of a step's number, 7 bits in each: as many as a kept run can have."""
_BUCKETS = 50
_DATA_TYPE_FLOAT, _DATA_TYPE_STRING = 1, 7
_NO_NUMBERS = content(8, integer(1, _DATA_TYPE_FLOAT), content(2, content(2)))
"""A tensor of none, in the place of data where only what is said of them counts."""

_Rows = NDArray[np.uint8]
"""Bytes, (rows, length)."""


class Status(IntEnum):
    """How a session has ended, as the HParams plugin numbers it."""

    SUCCESS = 1
    FAILURE = 2
    RUNNING = 3


class EventFile:
    """Writes the event file of one run into a folder, which is made; use it as a context.

    Args:
        folder: What it is called is the run's name in TensorBoard.
        began: When the run began, in seconds since 1970.
    """

    def __init__(self, folder: Path, began: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"events.out.tfevents.{int(began)}.ppo-desktop").open("wb")
        self._write(double(1, began) + content(3, _VERSION))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add_scalars(
        self,
        steps: Doubles,
        times: Doubles,
        columns: Mapping[str, Doubles],
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Write numbers of the same steps, {tag: (n,)}; one that is nan is not known and left out.

        Args:
            steps: Environment steps, (n,), below 2^42.
            times: When it was, in seconds since 1970, (n,).
            columns: The numbers, which become single precision.
            progress: Told every few milliseconds how much of it is done, 0 to 1.
        """
        for begin in range(0, len(steps), _AT_ONCE):
            rows = slice(begin, begin + _AT_ONCE)
            some = {tag: values[rows] for tag, values in columns.items()}
            known = {tag: ~np.isnan(values) for tag, values in some.items()}
            whole = {tag: values for tag, values in some.items() if known[tag].all()}
            self._add_events(steps[rows], times[rows], whole)
            for tag in [tag for tag in some if tag not in whole]:
                of_tag = known[tag]
                self._add_events(steps[rows][of_tag], times[rows][of_tag], {tag: some[tag][of_tag]})
            if progress is not None:
                progress(min(1.0, rows.stop / len(steps)))

    def add_histogram(self, tag: str, step: float, time: float, values: NDArray[np.floating]) -> None:
        """Write how numbers are spread, in buckets of equal width; those that are not finite are left out."""
        values = values[np.isfinite(values)].astype(float)
        if not len(values):
            return
        counts, edges = np.histogram(values, _BUCKETS)
        histogram = content(
            5,
            double(1, values.min()),
            double(2, values.max()),
            double(3, len(values)),
            double(4, values.sum()),
            double(5, (values**2).sum()),
            content(6, edges[1:].astype("<f8").tobytes()),
            content(7, counts.astype("<f8").tobytes()),
        )
        self._add_value(step, time, tag, histogram)

    def add_text(self, tag: str, step: float, time: float, markdown: str) -> None:
        """Write a text."""
        shape = content(2, content(2, integer(1, 1)))
        tensor = content(8, integer(1, _DATA_TYPE_STRING), shape, content(8, markdown))
        self._add_value(step, time, tag, _of_plugin("text"), tensor)

    def begin_session(self, hyperparameters: Mapping[str, Value], group: str, time: float) -> None:
        """Write which hyperparameters a run has; one that is off (None) has no value.

        Args:
            hyperparameters: {name: value}.
            group: Runs of the same group are repetitions of each other.
            time: When the run began.
        """
        values = (
            content(1, content(1, name), content(2, _json_value(value)))
            for name, value in hyperparameters.items()
            if value is not None
        )
        said = content(3, *values, content(4, group), double(5, time))
        self._add_value(0, time, "_hparams_/session_start_info", _of_plugin("hparams", said), _NO_NUMBERS)

    def end_session(self, status: Status, time: float) -> None:
        """Write how a run has ended, and when."""
        said = content(4, integer(1, status), double(2, time))
        self._add_value(0, time, "_hparams_/session_end_info", _of_plugin("hparams", said), _NO_NUMBERS)

    def _add_value(self, step: float, time: float, tag: str, *fields: bytes) -> None:
        value = content(1, content(1, tag), *fields)
        self._write(double(1, time) + integer(2, int(step)) + content(5, value))

    def _add_events(self, steps: Doubles, times: Doubles, columns: Mapping[str, Doubles]) -> None:
        if len(steps) and columns:
            self._file.write(_records(_scalar_events(steps, times, columns)))

    def _write(self, event: bytes) -> None:
        self._file.write(_records(np.frombuffer(event, np.uint8)[np.newaxis]))


def _of_plugin(name: str, said: bytes = b"") -> bytes:
    """Return by which plugin a value is shown."""
    return content(9, content(1, content(1, name), content(2, said)))


def _json_value(value: Value) -> bytes:
    match value:
        case bool():
            return integer(4, value)
        case int() | float():
            return double(2, value)
        case _:
            return content(3, str(value))


# ---- many events at once ---------------------------------------------------------------------------


def _scalar_events(steps: Doubles, times: Doubles, columns: Mapping[str, Doubles]) -> _Rows:
    """Return an event a row: `double(1, time) + integer(2, step) + content(5, …)`, a value for each tag."""
    values: list[bytes | _Rows] = []
    for tag, numbers in columns.items():
        named = content(1, tag)
        before = b"\x0a" + varint(len(named) + 5) + named + b"\x15"  # of content(1, named, single(2, …))
        with np.errstate(over="ignore"):  # what is too large is infinite
            values += [before, _bytes_of(numbers.astype("<f4"))]
    summary = _side_by_side(len(steps), values)
    before = b"\x2a" + varint(summary.shape[1])
    return _side_by_side(
        len(steps), [b"\x09", _bytes_of(times.astype("<f8")), b"\x10", _varints(steps), before, summary]
    )


def _varints(numbers: Doubles) -> _Rows:
    """Return whole numbers as varints of the same length, (n, `_STEP_BYTES`): zeros may follow."""
    shifts = 7 * np.arange(_STEP_BYTES)
    groups = (numbers.astype(np.int64)[:, np.newaxis] >> shifts) & 0x7F
    groups[:, :-1] |= 0x80
    return groups.astype(np.uint8)


def _records(events: _Rows) -> bytes:
    """Return events of the same length as records: length, its checksum, the event, its checksum."""
    length = np.frombuffer(np.uint64(events.shape[1]).astype("<u8").tobytes(), np.uint8)
    length_checksum = _checksums(length[np.newaxis])
    before = length.tobytes() + length_checksum.tobytes()
    return _side_by_side(len(events), [before, events, _checksums(events)]).tobytes()


def _side_by_side(n_rows: int, parts: list[bytes | _Rows]) -> _Rows:
    """Return rows that are made of parts; bytes are the same in every row."""
    columns = [
        np.broadcast_to(np.frombuffer(part, np.uint8), (n_rows, len(part)))
        if isinstance(part, bytes)
        else part
        for part in parts
    ]
    return np.concatenate(columns, axis=1)


def _bytes_of(numbers: NDArray[np.floating]) -> _Rows:
    return numbers.view(np.uint8).reshape(len(numbers), numbers.itemsize)


def _checksum_table() -> NDArray[np.uint32]:
    checksums = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        checksums = np.where(checksums & 1, checksums >> 1 ^ np.uint32(0x82F63B78), checksums >> 1)
    return checksums


_TABLE = _checksum_table()
"""What CRC-32C makes of each byte."""


def _checksums(rows: _Rows) -> _Rows:
    """Return the masked CRC-32C of each row, (n, 4): rotated and shifted, as records want it."""
    checksums = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in np.ascontiguousarray(rows.T):
        checksums = _TABLE[(checksums ^ column) & 0xFF] ^ (checksums >> 8)
    checksums = ~checksums
    masked = (checksums >> 15 | checksums << 17) + np.uint32(0xA282EAD8)
    return masked.astype("<u4").view(np.uint8).reshape(len(rows), 4)
