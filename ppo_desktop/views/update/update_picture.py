"""What a picture of the update is: declared once, made of what is known of the update so far."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.messages import signed, three_digits
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.kit.table import Column, csv_of
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.ppo.catalogue.state_plane import StatePlane
    from ppo_desktop.ppo.events import Frame, MinibatchOptimized
    from ppo_desktop.ppo.whole_episode import PlayedToTheLimit


@dataclass(frozen=True, eq=False)
class Moment:
    """What a picture is made of.

    Attributes:
        minibatch: The last gradient step, with the update so far.
        has_fixed_axis: Whether ratios are shown from 0 to 2, whatever ε is.
        row: Where in the minibatch the sample is that is followed.
        plane: On which states of the environment can be mapped; None where they cannot.
        played: What has come of playing an episode to its time limit; None where that is not known.
    """

    minibatch: MinibatchOptimized
    has_fixed_axis: bool = False
    row: int = 0
    plane: StatePlane | None = None
    played: PlayedToTheLimit | None = None


class UpdateFigure(ABC):
    """A picture of one moment: its numbers, and how they are drawn and told."""

    @abstractmethod
    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        """Return what is drawn in a rectangle."""

    @abstractmethod
    def summary(self) -> str:
        """Return what the picture says in a sentence, numbers included; it stands below the picture."""

    @abstractmethod
    def columns(self) -> Sequence[Column]:
        """Return every number that is drawn, a row for each thing that is."""

    def tip(self, key: Key) -> str:
        """Return what is known of what is pointed at, as rich text; empty for nothing."""
        del key
        return ""

    def sample_of(self, key: Key) -> int | None:
        """Return which sample of the rollout a key stands for; None for no single one."""
        del key
        return None

    def csv(self) -> str:
        """Return every number that is drawn as CSV."""
        columns = self.columns()
        return csv_of(columns, range(len(columns[0].values)))


@dataclass(frozen=True)
class UpdatePicture:
    """A picture that can be chosen.

    Attributes:
        id: By which widgets know it.
        label: What it is called.
        explanation: Key of its explanation.
        make: Makes it of a moment.
        is_of_ratios: Whether it shows ratios, of which A2C has none.
        has_ratio_axis: Whether it has an axis of ratios, which can be fixed.
        needs_networks: Whether each gradient step must be looked at closely for it.
        needs_episode: Whether an episode is to be played to its time limit for it.
        of_frame: Makes it of the state shown of the environment instead, where that is to be.
    """

    id: str
    label: str
    explanation: str
    make: Callable[[Moment], UpdateFigure]
    is_of_ratios: bool = False
    has_ratio_axis: bool = False
    needs_networks: bool = False
    needs_episode: bool = False
    of_frame: Callable[[Frame], UpdateFigure] | None = None


def step_text(minibatch: MinibatchOptimized) -> str:
    """Return of which gradient step something is, before it is taken: "Epoch 4 of 10, minibatch 1 of 8"."""
    epoch = f"Epoch {minibatch.epoch} of {minibatch.n_epochs}"
    return f"{epoch}, minibatch {minibatch.minibatch} of {minibatch.n_minibatches}"


def number_text(number: float) -> str:
    """Return a number with three significant digits; one that is not finite as such."""
    return three_digits(number) if math.isfinite(number) else signed(f"{number}".replace("inf", "∞"))


def number_column(name: str, values: NDArray[Any]) -> Column:
    """Return a column of numbers for the CSV."""
    return Column(name, name, values, lambda row: str(values[row]), (), name=name)
