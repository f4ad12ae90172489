"""V(s) along an episode that was cut off, and what the critic learns of it with and without bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from ppo_desktop.ppo.estimates import longest_cut_off_episode
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.whole_episode import MOST_STEPS
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
_WIDTHS = (1.4, 2.6, 3.8)
_NAMES = ("V(s)", "R with bootstrap", "R without")


class CutOffEpisodeFigure(UpdateFigure):
    """Three lines along an episode up to where it is cut off; nothing where none is.

    Where one was played to its time limit it is that, from its first step; else the longest such part that
    lies within the rollout.
    """

    def __init__(self, moment: Moment) -> None:
        trace, self._played = moment.minibatch.trace, moment.played
        hyperparameters = trace.settings.hyperparameters
        self._n_steps, self._n_envs = trace.evaluated.rollout.length, trace.evaluated.rollout.n_envs
        whole = None if moment.played is None else moment.played.episode
        self._is_whole = whole is not None
        self.episode = whole or longest_cut_off_episode(
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
            # V(s) last and thinnest: where lines coincide, all are seen.
            for line, colour, name, width in reversed([*zip(lines, _COLOURS, _NAMES, _WIDTHS, strict=True)]):
                pen = QPen(theme.colour(colour), width)
                if line is episode.not_bootstrapped:
                    pen.setStyle(Qt.PenStyle.DashLine)
                symbol = Dot(size, theme.colour(colour))
                marked = range(len(steps)) if line is episode.values else ()
                shapes += [
                    Lines({None: np.stack([steps, line], axis=1)}, pen),
                    Scatter(steps, line, symbol, marked, has_drop=bool(marked), legend=name),
                ]
        of_what = "episode, whole" if self._is_whole else "rollout, up to where it is cut off"
        columns = Axis(_WHOLE, shown, f"step of the {of_what}", "step")
        rows = Axis(_SCALE, _SCALE.widened(None, low, high), "value", has_grid=True)
        return plotted(theme, room, columns, rows, shapes)

    def summary(self) -> str:
        episode = self.episode
        if episode is None:
            return f"No episode of this rollout was cut off: each ended by itself{self._none_played}"
        reward, bootstrap = number_text(episode.reward), number_text(episode.bootstrap)
        learnt = number_text(float(episode.bootstrapped[-1]))
        numbers = f"R = r + γ·V(s') = {reward} + ({bootstrap}) = {learnt} with bootstrap, {reward} without"
        if self._played is not None and self._is_whole:
            return (
                f"Played whole with the networks as they are now, from start state {self._played.n_played} "
                f"of {len(START_SEEDS)}, cut off by the time limit after "
                f"{counted(len(episode.times), 'step')}: {numbers}"
            )
        end = "the time limit" if episode.at_time_limit else "the end of the rollout"
        return (
            f"Only the part in the rollout: agent {episode.agent + 1}, to t = "
            f"{grouped(int(episode.times[-1]) + 1)}, cut off by {end}: {numbers}{self._none_played}"
        )

    @property
    def _none_played(self) -> str:
        """Go on with that none was seen whole, where that was tried."""
        played = self._played
        if played is None or self._is_whole:
            return ""
        if played.why_not:
            return f". None could be played whole: {played.why_not}"
        if not played.n_played:
            return f". One was played for {grouped(MOST_STEPS)} steps, and had not ended."
        return f". Of {counted(played.n_played, 'episode')} played, none reached a time limit."

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
        if episode is None or self._is_whole or not isinstance(key, int) or key >= len(episode.times):
            return None
        return int(episode.times[key]) * self._n_envs + episode.agent

    def columns(self) -> Sequence[Column]:
        episode = self.episode
        numbers: dict[str, NDArray[Any]] = dict.fromkeys(
            ("agent", "time", "value", "bootstrapped", "not_bootstrapped"), np.empty(0)
        )
        if episode is not None:
            numbers = {  # what was played whole is of no agent of the run
                "agent": np.full(len(episode.times), 0 if self._is_whole else episode.agent + 1),
                "time": episode.times + 1,
                "value": episode.values,
                "bootstrapped": episode.bootstrapped,
                "not_bootstrapped": episode.not_bootstrapped,
            }
        return [number_column(name, column) for name, column in numbers.items()]
