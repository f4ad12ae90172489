"""Undo and redo of hyperparameter changes, and of other runs in the place of one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields
from ppo_desktop.ppo.settings import RunSettings

SAME_GESTURE_SECONDS = 0.8
"""Changes of the same hyperparameters closer together than this are undone as one."""


class ChangeCommand(QUndoCommand):
    """One change of hyperparameters, or one drag of a slider.

    Args:
        show: Adopts values.
    """

    def __init__(
        self,
        before: Hyperparameters,
        after: Hyperparameters,
        show: Callable[[Hyperparameters], None],
    ) -> None:
        fields = tuple(changed_fields(before, after))
        what = DECLARATIONS[fields[0]].label if len(fields) == 1 else f"{len(fields)} hyperparameters"
        super().__init__(f"change of {what}")
        self._fields = fields
        self._before = before
        self._after = after
        self._show = show
        self._made_at = time.monotonic()

    def id(self) -> int:
        """Commands with the same id may be merged: those of the same hyperparameters."""
        return hash(self._fields) & 0x7FFFFFFF

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802
        """Take in a change that belongs to the same gesture."""
        if not isinstance(other, ChangeCommand) or other._fields != self._fields:
            return False
        if other._made_at - self._made_at > SAME_GESTURE_SECONDS:
            return False
        self._after, self._made_at = other._after, other._made_at
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        """Show the values after the change."""
        self._show(self._after)

    def undo(self) -> None:
        """Show the values before it."""
        self._show(self._before)


@dataclass(frozen=True)
class Standing:
    """What is shown, so that it can be shown again.

    Attributes:
        settings: As the user set them.
        run: Id by which the run is kept; empty where nothing is.
        update: At whose end it is; None where it was last.
    """

    settings: RunSettings
    run: str = ""
    update: int | None = None


class RunCommand(QUndoCommand):
    """Another run in the place of the one that was shown.

    Args:
        what: What was done, as it stands after "Undo": "new seed".
        before: What was shown.
        look: Returns what is shown.
        show: Shows that again.
    """

    def __init__(
        self,
        what: str,
        before: Standing,
        look: Callable[[], Standing],
        show: Callable[[Standing], None],
    ) -> None:
        super().__init__(what)
        self._before = before
        self._after: Standing | None = None
        self._is_refused = False
        self._look = look
        self._show = show

    @property
    def runs(self) -> set[str]:
        """Ids of the kept runs that it can show again."""
        return {standing.run for standing in (self._before, self._after) if standing and standing.run}

    def refuse(self) -> None:
        """Do nothing from now on, as the other run cannot be had; the stack may have dropped this already."""
        self._is_refused = True

    def redo(self) -> None:
        """Show the other run again; the first time it is on its way already."""
        if self._after is not None and not self._is_refused:
            self._show(self._after)

    def undo(self) -> None:
        """Show the run before; if the other one could not be had, only leave the stack."""
        if self._is_refused:
            self.setObsolete(True)
        else:
            self._after = self._look()
            self._show(self._before)
