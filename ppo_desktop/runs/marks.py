"""Where hyperparameters changed during a run, and where another engine went on with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.events import EngineChanged, HyperparametersChanged
from ppo_desktop.ppo.hyperparameters import DECLARATIONS

MOST_MARKS = 200
"""Marks kept; beyond that the oldest are forgotten."""

ENGINE = "engine"
"""The field of a mark where another engine went on with the run; new is its name."""

SEVERAL = "several"
"""The field of a mark of several values that changed together; new is what they are called together."""

_CLOSE_SHARE = 0.02
"""Changes closer than this share of the run so far are one movement of the slider…"""

_CLOSE_UPDATES = 1
"""…and so are changes that take effect in the same update or the next."""


def change_label(field: str, old: Value, new: Value) -> str:
    """Return how the change of a hyperparameter is written in few words: "ε 0.20→0.15"."""
    declaration = DECLARATIONS[field]
    values = f"{declaration.format(old)}→{declaration.format(new)}"
    return f"{declaration.symbol or declaration.label} {values}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A hyperparameter took a new value, several did together, or the run changed its engine.

    Attributes:
        steps: Environment steps when the change began.
        field: The hyperparameter's name, `SEVERAL` or `ENGINE`.
        last_steps: Environment steps when `new` was reached; later than `steps` while a slider
            is being dragged.
        last_update: Number of the update in which `new` first counts.
        together: {field: (old, new)} of `SEVERAL`.
    """

    steps: int
    field: str
    old: Value
    new: Value
    last_steps: int
    last_update: int
    together: Mapping[str, tuple[Value, Value]] = dataclasses.field(default_factory=dict)

    @property
    def label(self) -> str:
        """The change as it is written beside a curve: "ε 0.20→0.15", "Fastest"."""
        if self.field == ENGINE:
            return ENGINE_LABELS[str(self.new)]
        if self.field == SEVERAL:
            return str(self.new)
        return change_label(self.field, self.old, self.new)

    @property
    def short_label(self) -> str:
        """The same where there is little room: "ε 0.15", "Fastest"."""
        if self.field in (ENGINE, SEVERAL):
            return self.label
        declaration = DECLARATIONS[self.field]
        return f"{declaration.symbol or declaration.label} {declaration.format(self.new)}"

    def change_of(self, field: str) -> tuple[Value, Value] | None:
        """Return the value of a hyperparameter before and after; None where another one changed."""
        return (self.old, self.new) if self.field == field else self.together.get(field)


@dataclass(frozen=True, eq=False)
class _Batch:
    """Changes that are made together: a preset, an undo."""

    name: str


class Marks:
    """The marks of a run, oldest first and at most `MOST_MARKS` of them.

    Changes of one field that follow each other within 2 % of the run so far, or from one update
    to the next, are one mark from the first old value to the newest: a slider is being
    dragged. Those that belong to one preset are one mark too, although the learner takes them over
    at several moments. A mark that comes back to its old value vanishes; a mere change of the budget
    leaves none.
    """

    def __init__(self) -> None:
        self._marks: list[Mark] = []
        self._announced: dict[str, tuple[Value, _Batch]] = {}

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)

    def announce(self, values: Mapping[str, Value], name: str) -> None:
        """Let changes to these {field: value} be one mark called `name`, or if empty one mark each."""
        batch = _Batch(name)
        for field, value in values.items():
            if name:
                self._announced[field] = value, batch
            else:
                self._announced.pop(field, None)

    def add(self, event: HyperparametersChanged) -> None:
        """Mark every change in `event`, except before the first step: no curve could show a difference."""
        together: dict[_Batch, dict[str, tuple[Value, Value]]] = {}
        for field, (old, new) in event.changes.items():
            value, batch = self._announced.pop(field, (None, None))
            if event.steps == 0 or DECLARATIONS[field].is_budget:
                continue
            if batch is not None and value == new:
                together.setdefault(batch, {})[field] = old, new
            else:
                self._add(Mark(event.steps, field, old, new, event.steps, event.update))
        for batch, changes in together.items():
            self._add(Mark(event.steps, SEVERAL, None, batch.name, event.steps, event.update, changes))
        del self._marks[:-MOST_MARKS]

    def add_engine(self, event: EngineChanged) -> None:
        """Mark that another engine went on with the run."""
        self._marks.append(Mark(event.steps, ENGINE, None, event.engine, event.steps, event.update))
        del self._marks[:-MOST_MARKS]

    def value_before(self, field: str) -> tuple[Value, int] | None:
        """Return which value a hyperparameter had before its last change and until which environment step."""
        for mark in reversed(self._marks):
            if (change := mark.change_of(field)) is not None:
                return change[0], mark.steps
        return None

    def _add(self, mark: Mark) -> None:
        previous = next((other for other in reversed(self._marks) if other.field == mark.field), None)
        if previous is None or not _belong_together(previous, mark):
            self._marks.append(mark)
            return
        position = self._marks.index(previous)
        joined = _joined(previous, mark)
        self._marks[position : position + 1] = [] if joined is None else [joined]


def _belong_together(previous: Mark, mark: Mark) -> bool:
    return (
        mark.steps - previous.last_steps <= _CLOSE_SHARE * mark.steps
        or mark.last_update - previous.last_update <= _CLOSE_UPDATES
    )


def _joined(previous: Mark, mark: Mark) -> Mark | None:
    """Return both as one mark of the same field, None where everything is as it was before."""
    together = dict(previous.together)
    for field, (old, new) in mark.together.items():
        together[field] = together.get(field, (old, new))[0], new
    together = {field: (old, new) for field, (old, new) in together.items() if old != new}
    if mark.new == previous.old or (mark.field == SEVERAL and not together):
        return None
    return replace(
        previous, new=mark.new, last_steps=mark.last_steps, last_update=mark.last_update, together=together
    )
