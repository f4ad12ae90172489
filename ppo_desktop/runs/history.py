"""What a run has said so far, as columns: the one source of every plot."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.checkpoint import Boundary
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.events import (
    RETURN_WINDOW,
    EngineChanged,
    EpisodeEnded,
    Event,
    FinishReason,
    GoodMoment,
    HyperparametersChanged,
    RunFinished,
    RunStarted,
    StepsTaken,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, Hyperparameters, changed_fields
from ppo_desktop.ppo.presets import preset_of
from ppo_desktop.ppo.quantities import EPISODE_QUANTITIES, UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.curve import CAPACITY, Curve, Points
from ppo_desktop.runs.journal import UPDATE_COLUMNS, Columns, Row, update_event, update_row
from ppo_desktop.runs.marks import MOST_MARKS, Mark, Marks

__all__ = ["CAPACITY", "COLUMNS", "MOST_MARKS", "Curve", "History", "Mark", "Marks", "returns_hardly_vary"]

COLUMNS = (*EPISODE_QUANTITIES, *UPDATE_QUANTITIES)
"""Every column of a history: one sample an episode, or an update, in the units of the events."""

OWN_SETTINGS = "own settings"
"""What values are called that were changed together and are no preset's."""

_PENDING = 256

RECENT_UPDATES = 20
"""Updates kept whole, for symptoms and for views of the latest."""
NEW_VALUES = 5
"""Updates after which changed hyperparameters show."""
RECENT_EPISODES = 20
"""Episodes whose returns are kept, for the same; their mean follows the policy sooner than that of 100."""

HARDLY_VARYING_SHARE = 0.1
"""Returns hardly vary when their spread is below this share of the largest spread of the run."""


def returns_hardly_vary(return_spread: float | None, largest_spread: float | None) -> bool:
    """Whether the value targets R, of this spread, vary so little that explained variance says nothing.

    Explained variance 1 − Var(R − V)/Var(R) compares the critic's error with the spread of R.
    When every state is worth nearly the same, as in a solved CartPole, a tiny error gives large
    negative numbers. R may be scaled or discounted, so its spread is measured against the run
    itself: std(R) < 0.1 · max std(R) so far, or std(R) = 0; not before the first update.
    """
    if return_spread is None or largest_spread is None:
        return False
    return return_spread <= 0.0 or return_spread < HARDLY_VARYING_SHARE * largest_spread


@dataclass(frozen=True, slots=True)
class Peak:
    """When a run was at its best by the mean return of so many episodes: what it can have lost since."""

    steps: int
    mean_return: float


class History:
    """Folds the events of one run into columns; memory stays bounded however long the run is.

    Attributes:
        settings: What the run was started with, None before a run has started.
        hyperparameters: The values in force, None before a run has started.
        n_actions: |A|, None for continuous actions.
        recent: The last updates, oldest first, at most `RECENT_UPDATES`.
        recent_returns: Returns of the last episodes, at most `RECENT_EPISODES`.
        best: The best moment so far, None before an episode has ended.
        peak: What the run has reached by the mean return of 100; None before an episode has ended.
        recent_peak: The same by the mean of `RECENT_EPISODES` episodes; None before so many have ended.
        largest_spread: The largest std(R) of an update so far; None before the first.
        first_mean_return: Mean return in the first update by which an episode had ended.
        has_diverged: Whether the run has ended because its numbers blew up.
        divergence_cause: The hyperparameter that most likely made it do so, empty before.
    """

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.settings: RunSettings | None = None
        self.steps = 0
        self.episodes = 0
        self.updates = 0
        self.marks = Marks()
        self.hyperparameters: Hyperparameters | None = None
        self.n_actions: int | None = None
        self.recent: deque[UpdateFinished] = deque(maxlen=RECENT_UPDATES)
        self.best: GoodMoment | None = None
        self.recent_returns: deque[float] = deque(maxlen=RECENT_EPISODES)
        self.peak: Peak | None = None
        self.recent_peak: Peak | None = None
        self.largest_spread: float | None = None
        self.first_mean_return: float | None = None
        self.has_diverged = False
        self.divergence_cause = ""
        self._engine = ""
        self._updates_at_change: int | None = None
        self._wishes: deque[tuple[Boundary, Mapping[str, Value]]] = deque()
        self._wanted: Hyperparameters | None = None
        self._curves = {name: Curve() for name in COLUMNS}
        self._update_rows: list[Row] = []

    @classmethod
    def of_curves(cls, settings: RunSettings, steps: int, curves: Mapping[str, Points]) -> History:
        """Return the history of a run of which only some curves, {column: steps and values}, are known."""
        history = cls()
        history.settings, history.hyperparameters = settings, settings.hyperparameters
        history.steps = steps
        for name, (x, y) in curves.items():
            history.curve(name).extend(x, y)
        return history

    @classmethod
    def of_past(
        cls,
        settings: RunSettings,
        pieces: Iterable[tuple[Columns, Columns]],
        changes: Iterable[HyperparametersChanged | EngineChanged],
        wishes: Iterable[tuple[Boundary, Mapping[str, Value]]] = (),
    ) -> History:
        """Return the history of a run of which the numbers are known, as columns of equal length.

        Args:
            settings: What the run was started with.
            pieces: Of updates {"update", "steps" and every quantity: (n,)}, and of episodes {"steps",
                "agent", "return" and "length": (m,)}, in order; see `Journal.pieces`.
            changes: What was changed on its way.
            wishes: What was asked of it, in order; possibly also later than it is known.
        """
        history = cls()
        history.settings, history.hyperparameters = settings, settings.hyperparameters
        history._wishes.extend(wishes)
        for change in changes:
            history.updates = change.update - 1
            history.add(change)
        history.updates = history.steps = 0
        returns, mean_return = np.empty(0), math.nan
        for updates, episodes in pieces:
            n_before, returns = len(returns), np.concatenate([returns, episodes["return"]])
            means = moving_mean(returns, RETURN_WINDOW)[n_before:]
            recent = moving_mean(returns, RECENT_EPISODES)[n_before:]
            for name, values in (
                ("return", episodes["return"]),
                ("length", episodes["length"]),
                ("mean_return", means),
                ("recent_return", recent),
            ):
                history._curves[name].extend(episodes["steps"], values)
            means = np.concatenate([[mean_return], means])
            ended = np.searchsorted(episodes["steps"], updates["steps"], side="right")
            history._take_in_updates(updates, means[ended])
            history.episodes += len(episodes["steps"])
            whole = slice(max(0, RECENT_EPISODES - 1 - n_before), None)
            history._take_in_recent(episodes["steps"][whole], recent[whole])
            returns, mean_return = returns[-RETURN_WINDOW:], float(means[-1])
        history.recent_returns.extend(returns[-RECENT_EPISODES:].tolist())
        return history

    def curve(self, name: str) -> Curve:
        """Return a column by its name, one of `COLUMNS`."""
        self._fold_updates()
        return self._curves[name]

    @property
    def returns_hardly_vary(self) -> bool:
        """Whether explained variance says nothing at the moment; see `returns_hardly_vary`."""
        spread = self.curve("return_spread")
        return returns_hardly_vary(spread.last, spread.maximum)

    def ranges_hardly_varying(self) -> list[tuple[float, float]]:
        """Return from which to which environment step explained variance said nothing, oldest first.

        As `returns_hardly_vary` would have said then, seen through the points of the curve of std(R).
        """
        steps, spread = self.curve("return_spread").means()
        largest = np.maximum.accumulate(spread)
        hardly = [returns_hardly_vary(*pair) for pair in zip(spread.tolist(), largest.tolist(), strict=True)]
        edges = np.concatenate([steps[:1], (steps[1:] + steps[:-1]) / 2, steps[-1:]])
        changes = np.flatnonzero(np.diff([False, *hardly, False]))
        return [(float(edges[a]), float(edges[b])) for a, b in zip(changes[::2], changes[1::2], strict=True)]

    @property
    def never_clipped(self) -> bool:
        """Whether ε has been off all the time."""
        return self.ranges_without_clip() == [(0.0, math.inf)]

    def ranges_without_clip(self) -> list[tuple[float, float]]:
        """Return from which to which environment step ε was off, oldest first; to infinity where it is."""
        if self.hyperparameters is None:
            return []
        found = [(mark.last_steps, mark.change_of("clip_range")) for mark in self.marks]
        changes = [(steps, change) for steps, change in found if change is not None]
        first = changes[0][1][0] if changes else self.hyperparameters.clip_range
        epsilons = [first, *(new for _, (_, new) in changes)]
        edges = [0.0, *(float(steps) for steps, _ in changes), math.inf]
        pairs = zip(epsilons, edges[:-1], edges[1:], strict=True)
        return [(begin, end) for epsilon, begin, end in pairs if epsilon is None]

    @property
    def values_are_new(self) -> bool:
        """Whether hyperparameters have changed so lately that the updates say little of the new values.

        A divergence says enough.
        """
        if self.has_diverged or self._updates_at_change is None:
            return False
        return self.updates - self._updates_at_change < NEW_VALUES

    def announce(self, before: Hyperparameters, wanted: Hyperparameters) -> None:
        """Let values that are asked for together leave one mark, called by the preset that they are, if any.

        What was asked for later, where the run was known farther than it is here, is not asked for any more.
        """
        self._hear_until(self.updates + 1)
        self._wishes.clear()
        self._announce(before, wanted)

    def add(self, event: Event) -> None:
        """Take in one event; those that leave no trace in a column are ignored."""
        match event:
            case StepsTaken():
                self.steps = event.steps
            case EpisodeEnded():
                self._add_episode(event)
            case UpdateFinished():
                self._add_update(event)
            case HyperparametersChanged():
                self.steps = max(self.steps, event.steps)
                self._hear_until(event.update)
                self.marks.add(event)
                self._take_over(event)
            case EngineChanged():
                if event.engine != self._engine:
                    self.marks.add_engine(event)
                self._engine = event.engine
            case RunFinished():
                self.follow(event)
            case RunStarted():
                self._begin(event)

    def follow(self, event: Event) -> None:
        """Take in by one event what the latest of a run is known by, as symptoms are, and no curve."""
        match event:
            case EpisodeEnded():
                self._follow_episode(event)
            case UpdateFinished():
                self._follow_update(event)
            case HyperparametersChanged():
                self._take_over(event)
            case RunFinished():
                self.has_diverged = event.reason is FinishReason.DIVERGED
                self.divergence_cause = event.cause
            case _:
                pass

    def _begin(self, event: RunStarted) -> None:
        """Take in that the run begins, or goes on after the updates that are known already."""
        if event.update == 0:
            wishes = self._wishes
            self._clear()
            self._wishes = wishes
        self.settings, self.n_actions = event.settings, event.n_actions
        self._engine = event.engine
        self.hyperparameters = self.hyperparameters or event.settings.hyperparameters

    def _hear_until(self, update: int) -> None:
        """Announce what was asked for up to the end of an update."""
        while self._wishes and self._wishes[0][0].update <= update and self.settings is not None:
            _, values = self._wishes.popleft()
            before = self._wanted or self.settings.hyperparameters
            with suppress(InvalidHyperparameter):  # together with others, in a damaged file
                self._wanted = before.changed(values)
                self._announce(before, self._wanted)

    def _announce(self, before: Hyperparameters, wanted: Hyperparameters) -> None:
        changed = changed_fields(before, wanted)
        values = {name: new for name, (_, new) in changed.items() if name not in BUDGET_FIELDS}
        name = ""
        if len(values) > 1 and self.settings is not None:
            preset = preset_of(self.settings.environment_id, wanted)
            name = OWN_SETTINGS if preset is None else preset.name
        self.marks.announce(values, name)

    def _add_episode(self, event: EpisodeEnded) -> None:
        self.steps = event.steps
        self.episodes += 1
        self._curves["return"].append(event.steps, event.episode_return)
        self._curves["mean_return"].append(event.steps, event.mean_return_100)
        self._curves["length"].append(event.steps, event.length)
        self._follow_episode(event)
        self._curves["recent_return"].append(event.steps, fmean(self.recent_returns))

    def _follow_episode(self, event: EpisodeEnded) -> None:
        self.recent_returns.append(event.episode_return)
        if len(self.recent_returns) == RECENT_EPISODES:
            mean = fmean(self.recent_returns)
            if self.recent_peak is None or mean > self.recent_peak.mean_return:
                self.recent_peak = Peak(event.steps, mean)

    def _take_in_recent(self, steps: Doubles, means: Doubles) -> None:
        """Take in mean returns of `RECENT_EPISODES` episodes, and when these had ended, (n,) each."""
        if len(means) == 0:
            return
        highest = int(np.argmax(means))
        if self.recent_peak is None or means[highest] > self.recent_peak.mean_return:
            self.recent_peak = Peak(int(steps[highest]), float(means[highest]))

    def _add_update(self, event: UpdateFinished) -> None:
        self._follow_update(event)
        self._update_rows.append(update_row(event))
        if len(self._update_rows) >= _PENDING:
            self._fold_updates()

    def _follow_update(self, event: UpdateFinished) -> None:
        self.steps = event.steps
        self.updates += 1
        self.recent.append(event)
        self.best = event.best
        self.largest_spread = max(event.return_spread, self.largest_spread or 0.0)
        if not math.isnan(event.mean_return_100):
            self._take_in_mean_return(event)

    def _take_in_updates(self, updates: Columns, mean_returns: Doubles) -> None:
        """Take in updates as columns, and the mean returns of 100 episodes, (n,)."""
        for name in UPDATE_QUANTITIES:
            self._curves[name].extend(updates["steps"], updates[name])
        if len(updates["return_spread"]):
            self.largest_spread = max(float(updates["return_spread"].max()), self.largest_spread or 0.0)
        places = np.flatnonzero(np.isfinite(mean_returns))
        if len(places):
            highest = places[mean_returns[places].argmax()]
            if self.first_mean_return is None:
                self.first_mean_return = float(mean_returns[places[0]])
            if self.peak is None or mean_returns[highest] > self.peak.mean_return:
                self.peak = Peak(int(updates["steps"][highest]), float(mean_returns[highest]))
        for place in range(max(0, len(mean_returns) - RECENT_UPDATES), len(mean_returns)):
            row = tuple(float(updates[name][place]) for name in UPDATE_COLUMNS)
            self.updates, self.steps = int(updates["update"][place]), int(updates["steps"][place])
            self.recent.append(update_event(self.updates, row, float(mean_returns[place])))

    def _take_in_mean_return(self, event: UpdateFinished) -> None:
        if self.first_mean_return is None:
            self.first_mean_return = event.mean_return_100
        if self.peak is None or event.mean_return_100 > self.peak.mean_return:
            self.peak = Peak(event.steps, event.mean_return_100)

    def _take_over(self, event: HyperparametersChanged) -> None:
        self._updates_at_change = self.updates
        if self.hyperparameters is not None:
            values = {name: new for name, (_, new) in event.changes.items()}
            with suppress(InvalidHyperparameter):  # together with others, in a damaged file
                self.hyperparameters = self.hyperparameters.changed(values)

    def _fold_updates(self) -> None:
        """Fold the updates gathered into their columns; all at once, for a run may have millions."""
        if not self._update_rows:
            return
        steps, *columns = np.array(self._update_rows, dtype=np.float64).T
        self._update_rows.clear()
        for name, values in zip(UPDATE_QUANTITIES, columns, strict=True):
            self._curves[name].extend(steps, values)


def moving_mean(values: Doubles, window: int) -> Doubles:
    """Return the mean of each value and those before it, (n,), as far as the window reaches back."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    begins = np.maximum(0, ends - window)
    means: Doubles = (sums[ends] - sums[begins]) / (ends - begins)
    return means
