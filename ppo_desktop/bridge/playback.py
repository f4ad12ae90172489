"""Plays what was recorded of a run: one point of its curves after the other, slowly enough to be followed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ppo_desktop.comparison.record import N_BINS

_MILLISECONDS = 100
"""From one point to the next, of which there are a hundred."""


class Playback(QObject):
    """How far a recorded run has played; it rests at its end.

    Attributes:
        bins: How many points have been played.
    """

    advanced = Signal()
    turned = Signal()
    """It goes on, or rests."""

    def __init__(self) -> None:
        super().__init__()
        self.bins = 0
        self._is_held = False
        self._timer = QTimer(self, interval=_MILLISECONDS)
        self._timer.timeout.connect(self._advance)

    @property
    def is_going_on(self) -> bool:
        """Whether it plays now."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Play from the beginning."""
        self.bins = 0
        self._timer.start()
        self.turned.emit()

    def rest(self) -> None:
        """Stay where it is, also when what is frozen goes on again."""
        self._is_held = False
        self._timer.stop()
        self.turned.emit()

    def toggle(self) -> None:
        """Play on, from the beginning where it has come to its end; or rest."""
        if self.is_going_on:
            self.rest()
        elif self.bins >= N_BINS:
            self.begin()
        else:
            self._timer.start()
            self.turned.emit()

    def hold(self, is_held: bool) -> None:
        """Stay where it is while everything is frozen, and play on then if it was playing."""
        if is_held:
            was_going_on = self.is_going_on
            self.rest()
            self._is_held = was_going_on
        elif self._is_held:
            self._is_held = False
            if not self.is_going_on:  # as it does where it was told to while it was held
                self.toggle()

    @Slot()
    def _advance(self) -> None:
        self.bins += 1
        self.advanced.emit()
        if self.bins >= N_BINS:
            self.rest()
