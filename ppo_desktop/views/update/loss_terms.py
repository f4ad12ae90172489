"""Every term of the total loss at its true size: often one is hardly to be seen beside another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.ppo.messages import signed
from ppo_desktop.views.charts.frame import TICK_FONT, Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale, LinearScale
from ppo_desktop.views.charts.shapes import Intervals, Key, Rules, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import (
    Moment,
    UpdateFigure,
    number_column,
    number_text,
    step_text,
)

_THICKNESS = 0.45
"""Of a bar, as a share of its row."""
_SCALE = LinearScale()


class LossTerm(NamedTuple):
    """A part of the total loss, or all of it.

    Attributes:
        id: By which the CSV knows it.
        label: What stands beside its bar.
        colour: Name of the palette's colour.
        coefficient: What its quantity is multiplied with.
        quantity: What that is before.
    """

    id: str
    label: str
    colour: str
    coefficient: float
    quantity: float

    @property
    def size(self) -> float:
        """What it adds to the loss."""
        return self.coefficient * self.quantity


class LossTerms(UpdateFigure):
    """A bar for each term just before the gradient step, from 0, on one axis, and their sum."""

    def __init__(self, moment: Moment) -> None:
        trace, networks = moment.minibatch.trace, moment.minibatch.networks
        assert networks is not None
        self._step = step_text(moment.minibatch)
        measured, hyperparameters = trace.measured[-1], trace.settings.hyperparameters
        value_coef, entropy_coef = hyperparameters.value_coef, hyperparameters.entropy_coef
        entropy = float(networks.entropies.astype(float).mean())
        terms = [
            LossTerm("policy", "policy", "rollout", 1.0, measured["policy_loss"]),
            LossTerm("value", f"value × {value_coef:g}", "value", value_coef, measured["value_loss"]),
            LossTerm("entropy", f"−entropy × {entropy_coef:g}", "entropy", -entropy_coef, entropy),
        ]
        self.terms = [*terms, LossTerm("total", "total", "text", 1.0, sum(term.size for term in terms))]

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        sizes, rows = np.array([term.size for term in self.terms]), np.arange(len(self.terms), 0.0, -1.0)
        known = np.where(np.isfinite(sizes), sizes, 0.0)
        shown = _SCALE.widened((0.0, 0.0), float(known.min()), float(known.max()))
        thickness = _THICKNESS * room.height() / (len(rows) + 2)
        shapes: list[Shape] = []
        for place, term in enumerate(self.terms):
            pen = QPen(theme.colour(term.colour, 0.8), thickness)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            size, row = known[place : place + 1], rows[place : place + 1]
            shapes.append(Intervals(np.minimum(size, 0.0), np.maximum(size, 0.0), row, pen))
            shapes.append(Scatter(size, row, Dot(3.0, theme.colour(term.colour)), [term.id]))
        shapes.append(Rules(QPen(theme.colour("text"), 1.2), columns=[0.0]))
        texts = [_written(term.size) for term in self.terms]
        measure = QFontMetricsF(theme.font(TICK_FONT)).horizontalAdvance
        right = max(map(measure, ("−0.0000", *texts))) + 14
        edges = (room.right() - right + 6, room.right() - 2)
        shapes.append(RowTexts(texts, rows.tolist(), edges, Qt.AlignmentFlag.AlignRight))
        names = [(row, term.label) for row, term in zip(rows.tolist(), self.terms, strict=True)]
        axis = Axis(FixedScale(names[::-1]), (0.4, len(rows) + 0.6))
        columns = Axis(_SCALE, shown, "what each term adds to the loss", "loss", has_grid=True)
        return plotted(theme, room, columns, axis, shapes, right=right)

    def summary(self) -> str:
        policy, value, entropy, total = (_written(term.size) for term in self.terms)
        return f"{self._step}: total loss = {policy} + {_bracketed(value)} + {_bracketed(entropy)} = {total}"

    def tip(self, key: Key) -> str:
        found = [term for term in self.terms if term.id == key]
        return "".join(
            f"{term.label}: {signed(f'{term.coefficient:g}')} × {_written(term.quantity)} "
            f"= {_written(term.size)}"
            for term in found
        )

    def columns(self) -> Sequence[Column]:
        return [number_column(term.id, np.array([term.size])) for term in self.terms] + [
            number_column(f"{term.id}_coefficient", np.array([term.coefficient])) for term in self.terms[1:3]
        ]


def _written(number: float) -> str:
    return number_text(number) if number else "0"


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("−") else number
