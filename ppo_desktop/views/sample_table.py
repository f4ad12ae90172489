"""The sample table: the current minibatch, sortable, with the sample that is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.samples import SITUATIONS
from ppo_desktop.views.controls import named
from ppo_desktop.views.kit.table import Column, Table
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.ppo.samples import MinibatchSamples
    from ppo_desktop.ppo.update_trace import Passage

_MOST_PASSAGES = 5
"""Ratios of a sample that are written, the latest ones."""
_MOST_COMPONENTS = 8
"""State components with a column of their own; of longer observations the first ones have."""


class SampleTable(Table):
    """Shows a minibatch; a click on a row selects its sample. Samples whose gradient is cut stand out."""

    sample_clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._samples: MinibatchSamples | None = None
        named(self, "sample_table", "Samples of the current minibatch", "samples")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.chosen.connect(self._choose)

    def show_samples(
        self, samples: MinibatchSamples | None, environment_id: str, algorithm: Algorithm
    ) -> None:
        """Show the samples of a minibatch, or none."""
        self._samples = samples
        columns = [] if samples is None else columns_of(samples, environment_id, algorithm)
        warned = next((column.values for column in columns if column.name == "gradient_cut"), ())
        self.show_columns(columns, range(0 if samples is None else len(samples.actions)), warned=warned)

    def select_row(self, row: int | None) -> None:
        """Mark the sample at `row` of the minibatch, None for none; sorting moves the mark along."""
        self.go_to(row)
        self.scroll_to(row)

    def _choose(self, row: int) -> None:
        if self._samples is not None:
            self.sample_clicked.emit(int(self._samples.indices[row]))


def _four(value: float) -> str:
    """Return a number with four decimals, or with three digits where these would say nothing."""
    size = abs(value)
    text = f"{value:.4f}" if 1e-3 <= size < 1e4 or size == 0 or not np.isfinite(value) else f"{value:.3g}"
    return text.replace("-", "−")


def _three(ratio: float) -> str:
    """Return a ratio with three decimals, or a very large one with three digits."""
    return f"{ratio:.3f}" if ratio < 1e4 else f"{ratio:.3g}"


def _column(
    header: str,
    name: str,
    meaning: str,
    values: NDArray[Any],
    write: Callable[[Any], str] = _four,
    widest: Sequence[str] = ("−0.000000",),
) -> Column:
    """Return a column with a value for each sample."""
    return Column(header, meaning, values, lambda row: write(values[row]), widest, name=name)


def columns_of(samples: MinibatchSamples, environment_id: str, algorithm: Algorithm) -> list[Column]:
    """Return the columns for the samples of a minibatch; A2C has no ratio."""
    return [
        _column("agent", "agent", "Number of the agent", samples.agents + 1, str, ("000",)),
        _column("t", "time", "Time step in the rollout", samples.times + 1, str, ("0000",)),
        *_action_columns(samples.actions, environment_id),
        *(_a2c_columns(samples) if algorithm is Algorithm.A2C else _ppo_columns(samples)),
        # Last, for the other columns matter more and there is little room.
        *_state_columns(samples.observations, environment_id),
    ]


def _a2c_columns(samples: MinibatchSamples) -> list[Column]:
    weighted = samples.log_probs * samples.advantages
    return [
        _column("log π", "log_prob", "log π(a|s), nats", samples.log_probs),
        _column("Â raw", "advantage_raw", "Advantage as estimated", samples.raw_advantages),
        _column("Â", "advantage", "Advantage as used in the loss", samples.advantages),
        _column("log π·Â", "objective", "The objective: its gradient is that of A2C", weighted),
    ]


def _ppo_columns(samples: MinibatchSamples) -> list[Column]:
    surrogate = samples.ratios * samples.advantages
    clipped_surrogate = samples.clipped_ratios * samples.advantages
    return [
        _column("log π_old", "log_prob_old", "log π_old(a|s) when it acted, nats", samples.log_probs_old),
        _column("log π", "log_prob", "log π(a|s) just before this gradient step, nats", samples.log_probs),
        _column(
            "r",
            "ratio",
            "Probability ratio π(a|s) / π_old(a|s) just before this gradient step",
            samples.ratios,
        ),
        _column("clip(r)", "clipped_ratio", "r clipped to [1−ε, 1+ε]", samples.clipped_ratios),
        _column("Â raw", "advantage_raw", "Advantage as estimated", samples.raw_advantages),
        _column("Â", "advantage", "Advantage as used in the loss", samples.advantages),
        _column("r·Â", "surrogate", "Surrogate term", surrogate),
        _column("clip(r)·Â", "clipped_surrogate", "Clipped surrogate term", clipped_surrogate),
        _column("min", "objective", "The smaller of the two: the objective", samples.objectives),
        _column(
            "cut",
            "gradient_cut",
            "Whether the clip removes the gradient",
            samples.gradient_cut,
            _cross,
            ("×",),
        ),
        _column(
            "gradient",
            "gradient_alive",
            "Whether the sample has a gradient: the clip has not removed it, and Â is not 0",
            samples.gradient_alive,
            lambda alive: "alive" if alive else "dead",
            ("alive",),
        ),
        Column(
            "situation",
            "Where the ratio is, and to which side the advantage pushes it",
            np.array([situation.value for situation in SITUATIONS])[samples.situations],
            lambda row: SITUATIONS[samples.situations[row]].label,
            [situation.label for situation in SITUATIONS],
            name="situation",
        ),
    ]


def formula_of(samples: MinibatchSamples, row: int, algorithm: Algorithm) -> str:
    """Return the objective with a sample's numbers put in."""
    advantage = float(samples.advantages[row])
    factor = _four(advantage) if advantage >= 0 else f"({_four(advantage)})"
    if algorithm is Algorithm.A2C:
        log_prob = float(samples.log_probs[row])
        return f"log π·Â = {_four(log_prob)}·{factor} = {_four(log_prob * advantage)}"
    ratio, clipped = _four(float(samples.ratios[row])), _four(float(samples.clipped_ratios[row]))
    text = f"min(r·Â, clip(r)·Â) = min({ratio}·{factor}, {clipped}·{factor})"
    text += f" = {_four(float(samples.objectives[row]))}"
    situation = SITUATIONS[samples.situations[row]]
    return f"{text} ({situation.label}: gradient {'alive' if samples.gradient_alive[row] else 'dead'})"


def ratios_of(passages: Sequence[Passage]) -> str:
    """Return the ratios of a sample at the latest steps it was in, with × where its gradient was cut."""
    written = [
        _three(float(samples.ratios[row])) + ("×" if samples.gradient_cut[row] else "")
        for _, samples, row in passages[-_MOST_PASSAGES:]
    ]
    return f"r so far: {'… ' if len(passages) > _MOST_PASSAGES else ''}{' → '.join(written)}"


def _state_columns(observations: NDArray[np.float32], environment_id: str) -> list[Column]:
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    size = observations.shape[1]
    if known is None and _are_one_hot(observations):
        return [
            _column("s", "state", "Number of the state, from 0", observations.argmax(axis=1), str, ("000",))
        ]
    names = (
        known.observations if known is not None else tuple(f"s{_subscript(i)}" for i in range(1, size + 1))
    )
    return [
        _column(names[i], f"state_{i + 1}", f"Component {i + 1} of the state", observations[:, i])
        for i in range(min(size, _MOST_COMPONENTS))
    ]


def _are_one_hot(observations: NDArray[np.float32]) -> bool:
    """Whether each observation is one of several states: of its numbers one is 1, and all others are 0."""
    return observations.shape[1] > 1 and bool(
        (np.count_nonzero(observations, axis=1) == 1).all() and (observations.max(axis=1) == 1).all()
    )


def _action_columns(actions: NDArray[Any], environment_id: str) -> list[Column]:
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    if actions.ndim == 1:
        names = [action.name for action in known.actions] if known is not None else []

        def write(action: int) -> str:
            return _action_name(action, names)

        widest = [*map(write, np.unique(actions))]
        return [_column("a", "action", "Action taken", actions, write, widest)]
    return [
        _column(
            "a" if actions.shape[1] == 1 else f"a{_subscript(i + 1)}",
            f"action_{i + 1}",
            "Action as drawn, before it is clipped for the environment",
            actions[:, i],
        )
        for i in range(actions.shape[1])
    ]


def _action_name(action: int, names: Sequence[str]) -> str:
    return names[action] if action < len(names) else str(action)


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _cross(cut: bool) -> str:
    return "×" if cut else ""
