"""The forward pass of one state, layer by layer: from the observation to the policy and V(s)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.arrays import Doubles, Floats, Numbers
from ppo_desktop.ppo.events import DiscretePolicy, Frame, GaussianPolicy, PassedThrough
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale
from ppo_desktop.views.charts.shapes import Key, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column, number_text

_POLICY, _VALUE, _BOTH = (0.55, 0.95), (0.05, 0.45), (0.2, 0.8)
"""Between which heights the units of a network stand, and what both see."""
_MOST_IN_COLUMN = 8
_WIDTH = 0.7
"""Of a layer, as a share of the room from one to the next."""
_RADII = (0.3, 0.55, 0.8, 1.0)
"""Of dots for numbers up to a quarter, a half … of the largest of the layer, as shares of the largest."""
_LARGEST_RADIUS, _LEAST_RADIUS = 4.0, 2.5
_AROUND = 60.0
"""Pixels above and below the dots."""
_SIGNS = ((1, "map_right", "positive"), (-1, "map_left", "negative"))
_MOST_NUMBERS = 6
"""Numbers that are written out."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """Numbers that stand beside each other.

    Attributes:
        name: What they are.
        place: Number of its column, from 0 at the left.
        heights: Between which it stands.
        numbers: (n,).
    """

    name: str
    place: int
    heights: tuple[float, float]
    numbers: Doubles

    def positions(self) -> tuple[Doubles, Doubles]:
        """Return where each number stands, side by side where there are many."""
        n = len(self.numbers)
        side = -(-n // _MOST_IN_COLUMN)
        rows = -(-n // side)
        down, across = np.arange(n) % rows, np.arange(n) // rows
        low, high = self.heights
        columns = self.place + _WIDTH * ((across + 0.5) / side - 0.5)
        return columns, high - (down + 0.5) / rows * (high - low)


class ForwardPass(UpdateFigure):
    """A dot for each number of each layer, of the policy above, of the critic below.

    Args:
        state: Which state it is.
        observation: As the environment gave it.
        passed: Its way through the networks.
        policy: Probabilities, or means in the environment's units.
        output: What these are.
        value: V(s).

    Attributes:
        layers: Observation, what the networks see, each hidden layer and the output of both networks.
    """

    def __init__(
        self,
        state: str,
        observation: Numbers,
        passed: PassedThrough,
        policy: Sequence[float],
        output: str,
        value: float,
    ) -> None:
        self._state, self._output = state, output
        self._n_hidden = len(passed.actor)
        self._normalises = not np.array_equal(observation, passed.seen)
        last = self._n_hidden + 2
        self.layers = (
            _layer("observation", 0, _BOTH, observation),
            _layer("seen", 1, _BOTH, passed.seen),
            *_hidden("policy", _POLICY, passed.actor),
            _layer(output, last, _POLICY, policy),
            *_hidden("critic", _VALUE, passed.critic),
            _layer("V(s)", last, _VALUE, [value]),
        )

    @classmethod
    def of_sample(cls, moment: Moment) -> ForwardPass:
        """Return that of the sample that is followed, with the networks before the gradient step shown."""
        networks, samples, row = moment.minibatch.networks, moment.minibatch.samples, moment.row
        assert networks is not None
        now, seen = networks.now, networks.observations[row : row + 1]
        *actor, outputs = now.actor.perceptron.layer_by_layer(seen)
        *critic, values = now.critic.layer_by_layer(seen)
        described = now.actor.describe(outputs[0])
        return cls(
            f"Agent {samples.agents[row] + 1}, t = {grouped(samples.times[row] + 1)}, "
            f"before step {grouped(len(moment.minibatch.trace))}",
            samples.observations[row],
            PassedThrough(seen[0], tuple(layer[0] for layer in actor), tuple(layer[0] for layer in critic)),
            *_policy_of(described),
            values.item(),
        )

    @classmethod
    def of_frame(cls, frame: Frame) -> ForwardPass:
        """Return that of the state that is shown of the environment, with the networks as they are now."""
        assert frame.passed is not None
        return cls("State shown", frame.observation, frame.passed, *_policy_of(frame.policy), frame.value)

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        columns, rows = (np.concatenate(each) for each in zip(*self._positions(), strict=True))
        numbers, shares = self._numbers(), self._shares()
        keys, shapes = np.arange(len(numbers)), list[Shape]()
        apart = (_POLICY[1] - _POLICY[0]) * (room.height() - _AROUND) / _MOST_IN_COLUMN
        largest = max(_LEAST_RADIUS, min(_LARGEST_RADIUS, 0.6 * apart))
        for sign, colour, name in _SIGNS:
            for size, radius in enumerate(_RADII):
                here = ((numbers >= 0) == (sign > 0)) & (np.ceil(4 * shares).clip(1, 4) == size + 1)
                symbol = Dot(radius * largest, theme.colour(colour))
                legend = name if radius == _RADII[-1] else ""
                shapes.append(Scatter(columns[here], rows[here], symbol, keys[here].tolist(), legend=legend))
        hidden = [(2.0 + number, f"hidden {number + 1}") for number in range(self._n_hidden)]
        ticks = [(0.0, "observation"), (1.0, "normalised" if self._normalises else "as it is"), *hidden]
        ticks.append((2.0 + self._n_hidden, f"{self._output}, V(s)"))
        names = FixedScale(((sum(_POLICY) / 2, "policy"), (sum(_VALUE) / 2, "critic")))
        across = Axis(FixedScale(ticks), (-0.6, 2.6 + self._n_hidden))
        return plotted(theme, room, across, Axis(names, (0.0, 1.0)), shapes, keys=keys.tolist())

    def _positions(self) -> list[tuple[Doubles, Doubles]]:
        return [layer.positions() for layer in self.layers]

    def _numbers(self) -> Doubles:
        return np.concatenate([layer.numbers for layer in self.layers])

    def _shares(self) -> Doubles:
        """Return the size of each number as a share of the largest of its layer."""
        sizes = [np.abs(layer.numbers) for layer in self.layers]
        return np.concatenate([np.nan_to_num(each / max(each.max(), 1e-30), posinf=1.0) for each in sizes])

    def summary(self) -> str:
        observation, output = (
            next(layer for layer in self.layers if layer.name == name)
            for name in ("observation", self._output)
        )
        value = number_text(float(self.layers[-1].numbers[0]))
        return (
            f"{self._state}: s = {_written(observation.numbers)} → "
            f"{self._output} = {_written(output.numbers)}, V(s) = {value}"
        )

    def tip(self, key: Key) -> str:
        numbers = self._numbers()
        if not isinstance(key, int) or key >= len(numbers):
            return ""
        names = [f"{layer.name} {unit + 1}" for layer in self.layers for unit in range(len(layer.numbers))]
        return f"{names[key]}<br>{number_text(float(numbers[key]))}"

    def columns(self) -> Sequence[Column]:
        sizes = [len(layer.numbers) for layer in self.layers]
        return [
            number_column("layer", np.repeat(np.arange(len(sizes)) + 1, sizes)),
            number_column("unit", np.concatenate([np.arange(size) + 1 for size in sizes])),
            number_column("number", self._numbers()),
        ]


def _policy_of(policy: DiscretePolicy | GaussianPolicy) -> tuple[Sequence[float], str]:
    """Return probabilities or means, and what they are called."""
    if isinstance(policy, DiscretePolicy):
        return policy.probabilities, "π"
    return policy.means, "mean"


def _hidden(name: str, heights: tuple[float, float], passed: Sequence[Floats]) -> list[_Layer]:
    return [
        _layer(f"{name}, hidden {number + 1}, unit", number + 2, heights, numbers)
        for number, numbers in enumerate(passed)
    ]


def _layer(name: str, place: int, heights: tuple[float, float], numbers: Numbers | Sequence[float]) -> _Layer:
    return _Layer(name, place, heights, np.asarray(numbers, dtype=float))


def _written(numbers: Doubles) -> str:
    written = [number_text(float(number)) for number in numbers[:_MOST_NUMBERS]]
    more = ["…"] if len(numbers) > _MOST_NUMBERS else []
    return f"({', '.join(written + more)})"
