"""Where hyperparameters changed during a run, and where it went back to better parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.events import HyperparametersChanged, WentBack
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped

MOST_MARKS = 200
"""Marks kept; beyond that the oldest are forgotten."""

WAY_BACK = "way back"
"""The field of a mark where the run went back; old and new are environment steps."""

_CLOSE_SHARE = 0.02
"""Changes closer than this share of the run so far are one movement of the slider…"""

_CLOSE_UPDATES = 1
"""…and so are changes that take effect in the same update or the next."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One hyperparameter took a new value, or the run went back.

    Attributes:
        steps: Environment steps when the change began.
        field: The hyperparameter's name, or `WAY_BACK`.
        old: Its value before.
        new: Its value after.
        last_steps: Environment steps when `new` was reached; later than `steps` while a slider
            is being dragged.
        last_update: Number of the update in which `new` first counts.
    """

    steps: int
    field: str
    old: Value
    new: Value
    last_steps: int
    last_update: int

    @property
    def label(self) -> str:
        """The change as it is written beside a curve: "ε 0.20→0.15", "back to step 41 216"."""
        if self.field == WAY_BACK:
            assert isinstance(self.new, int)
            return f"back to step {grouped(self.new)}"
        declaration = DECLARATIONS[self.field]
        values = f"{declaration.format(self.old)}→{declaration.format(self.new)}"
        return f"{declaration.symbol.replace('_', '') or declaration.label} {values}"


class Marks:
    """The marks of a run, oldest first and at most `MOST_MARKS` of them.

    Changes of one field that follow each other within 2 % of the run so far, or from one update
    to the next, are one mark from the first old value to the newest: somebody is dragging a
    slider. A mark that comes back to its old value vanishes.
    """

    def __init__(self) -> None:
        self._marks: list[Mark] = []

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, event: HyperparametersChanged) -> None:
        """Mark every change in `event`, except before the first step: no curve could show a difference."""
        if event.steps == 0:
            return
        for field, (old, new) in event.changes.items():
            mark = Mark(event.steps, field, old, new, event.steps, event.update)
            previous = self.latest(field)
            if previous is not None and _belong_together(previous, mark):
                self._extend(previous, mark)
            else:
                self._marks.append(mark)
        del self._marks[:-MOST_MARKS]

    def add_way_back(self, event: WentBack) -> None:
        """Mark that the run went back; every time is a mark of its own."""
        to = event.moment.steps
        self._marks.append(Mark(event.steps, WAY_BACK, event.steps, to, event.steps, event.update))
        del self._marks[:-MOST_MARKS]

    def latest(self, field: str) -> Mark | None:
        """Return the newest mark of one hyperparameter, None if it has not changed."""
        return next((mark for mark in reversed(self._marks) if mark.field == field), None)

    def _extend(self, previous: Mark, mark: Mark) -> None:
        position = self._marks.index(previous)
        if mark.new == previous.old:
            del self._marks[position]
            return
        self._marks[position] = replace(
            previous, new=mark.new, last_steps=mark.last_steps, last_update=mark.last_update
        )


def _belong_together(previous: Mark, mark: Mark) -> bool:
    return (
        mark.steps - previous.last_steps <= _CLOSE_SHARE * mark.steps
        or mark.last_update - previous.last_update <= _CLOSE_UPDATES
    )
