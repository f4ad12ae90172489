"""V(s) along an episode that was cut off, and what the critic learns of it with and without bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from ppo_desktop.ppo.estimates import longest_cut_off_episode
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.charts.shapes import Key, Lines, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, number_column, number_text

_SCALE = LinearScale()
_FEW = 60
"""Of more steps the dots are small."""
_WHOLE = LinearScale(label=grouped, is_whole=True, most=10)
_COLOURS = ("value", "rollout", "clip")
_NAMES = ("V(s)", "R with bootstrap", "R without")


class CutOffEpisodeFigure(UpdateFigure):
    """Three lines up to where the longest such part of the rollout ends; nothing where none is cut off."""

    def __init__(self, moment: Moment) -> None:
        trace = moment.minibatch.trace
        hyperparameters = trace.settings.hyperparameters
        self._n_steps, self._n_envs = trace.evaluated.rollout.length, trace.evaluated.rollout.n_envs
        self.episode = longest_cut_off_episode(
            trace.evaluated,
            hyperparameters.gamma,
            hyperparameters.gae_lambda,
            rewards_are_scaled=hyperparameters.normalize_rewards,
        )

    def picture_in(self, theme: Theme, room: QRectF) -> Picture:
        episode, shapes, shown = self.episode, list[Shape](), (0.5, self._n_steps + 0.5)
        low, high = 0.0, 1.0
        if episode is not None:
            steps = episode.times + 1.0
            lines = (episode.values, episode.bootstrapped, episode.not_bootstrapped)
            shown = (steps[0] - 0.5, steps[-1] + 0.5)
            low, high = float(np.min(lines)), float(np.max(lines))
            size = 2.5 if len(steps) <= _FEW else 1.25
            for line, colour, name in zip(lines, _COLOURS, _NAMES, strict=True):
                pen = QPen(theme.colour(colour), 1.6)
                if line is episode.not_bootstrapped:
                    pen.setStyle(Qt.PenStyle.DashLine)
                symbol = Dot(size, theme.colour(colour))
                marked = range(len(steps)) if line is episode.values else ()
                shapes += [
                    Lines({None: np.stack([steps, line], axis=1)}, pen),
                    Scatter(steps, line, symbol, marked, has_drop=bool(marked), legend=name),
                ]
        columns = Axis(_WHOLE, shown, "step of the rollout, up to where it is cut off", "step")
        rows = Axis(_SCALE, _SCALE.widened(None, low, high), "value", has_grid=True)
        return plotted(theme, room, columns, rows, shapes)

    def summary(self) -> str:
        episode = self.episode
        if episode is None:
            return "No episode of this rollout was cut off: each ended by itself."
        reward, bootstrap = number_text(episode.reward), number_text(episode.bootstrap)
        learnt = number_text(float(episode.bootstrapped[-1]))
        end = "the time limit" if episode.at_time_limit else "the end of the rollout"
        return (
            f"Agent {episode.agent + 1}, t = {grouped(int(episode.times[-1]) + 1)}, cut off by {end}: "
            f"R = r + γ·V(s') = {reward} + ({bootstrap}) = {learnt} with bootstrap, {reward} without"
        )

    def tip(self, key: Key) -> str:
        episode = self.episode
        if episode is None or not isinstance(key, int) or key >= len(episode.times):
            return ""
        lines = (episode.values, episode.bootstrapped, episode.not_bootstrapped)
        numbers = [
            f"{name} = {number_text(float(line[key]))}" for name, line in zip(_NAMES, lines, strict=True)
        ]
        return "<br>".join([f"t = {grouped(int(episode.times[key]) + 1)}", *numbers])

    def sample_of(self, key: Key) -> int | None:
        episode = self.episode
        if episode is None or not isinstance(key, int) or key >= len(episode.times):
            return None
        return int(episode.times[key]) * self._n_envs + episode.agent

    def columns(self) -> Sequence[Column]:
        episode = self.episode
        numbers: dict[str, NDArray[Any]] = dict.fromkeys(
            ("agent", "time", "value", "bootstrapped", "not_bootstrapped"), np.empty(0)
        )
        if episode is not None:
            numbers = {
                "agent": np.full(len(episode.times), episode.agent + 1),
                "time": episode.times + 1,
                "value": episode.values,
                "bootstrapped": episode.bootstrapped,
                "not_bootstrapped": episode.not_bootstrapped,
            }
        return [number_column(name, column) for name, column in numbers.items()]
