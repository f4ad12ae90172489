"""What a list says of a run, in a small file beside its journal, from which it can be made again."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.events import RETURN_WINDOW, Event
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, changed_fields
from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.runs.history import History, moving_mean
from ppo_desktop.runs.journal import LARGEST_RETURN, Journal, Parent
from ppo_desktop.runs.symptoms import symptom_of
from ppo_desktop.schema import Schema, number, refuse, text, whole

SCHEMA = Schema()
LARGEST = 50_000
"""Bytes."""
CURVE_POINTS = 60
"""Most points of the small picture of a run's returns."""

Point = tuple[float, float]
_SCALARS = (bool, int, float, str)


@dataclass(frozen=True)
class Summary:
    """What a list says of a run.

    Attributes:
        environment_id: The environment.
        algorithm: "ppo" or "a2c".
        seed: The seed.
        hyperparameters: With which it began.
        engine: Name of the engine with which it began.
        parent: Of which run it is a branch.
        steps: Environment steps when its last update was finished.
        updates: Number of that update.
        episodes: Episodes that have ended.
        best: Highest mean return of 100 episodes; None before an episode has ended.
        last: The latest one.
        reason: Why it ended; empty while it can go on.
        changed: Those of the hyperparameters that have another value now, with that.
        symptom: Key of the gravest symptom it shows now; empty without one.
        curve: (steps, mean return of the 100 episodes before), in order.
    """

    environment_id: str
    algorithm: str
    seed: int
    hyperparameters: dict[str, Value]
    engine: str
    parent: Parent | None
    steps: int
    updates: int
    episodes: int
    best: float | None
    last: float | None
    reason: str
    curve: tuple[Point, ...]
    changed: Mapping[str, Value] = field(default_factory=dict)
    symptom: str = ""

    def to_json(self) -> str:
        """Return it as it is kept."""
        parent = self.parent and [self.parent.run, self.parent.update]
        return json.dumps({"version": SCHEMA.version, **vars(self), "parent": parent})

    @classmethod
    def from_json(cls, contents: bytes) -> Summary:
        """Return a summary as it was kept.

        Raises:
            ValueError: It is not understood, and likewise the others of `NOT_UNDERSTOOD`.
            UnusableFile: A newer version has written it.
        """
        values = SCHEMA.migrate(json.loads(contents))
        parent, hyperparameters = values["parent"], values["hyperparameters"]
        if not isinstance(hyperparameters, dict) or len(values["curve"]) > CURVE_POINTS:
            refuse(hyperparameters)
        changed = values.get("changed", {})
        if not isinstance(changed, dict):
            refuse(changed)
        return cls(
            environment_id=text(values["environment_id"]),
            algorithm=text(values["algorithm"]),
            seed=whole(values["seed"], 0),
            hyperparameters=_scalars(hyperparameters),
            engine=text(values["engine"]),
            parent=None if parent is None else Parent(text(parent[0]), whole(parent[1], 0)),
            steps=whole(values["steps"], 0),
            updates=whole(values["updates"], 0),
            episodes=whole(values["episodes"], 0),
            best=_mean_return(values["best"]),
            last=_mean_return(values["last"]),
            reason=text(values["reason"]),
            curve=_points(values["curve"]),
            changed=_scalars(changed),
            symptom=text(values.get("symptom", "")),
        )


class Summing:
    """Follows what a run says, for its summary; memory stays bounded.

    Args:
        journal: What is known of it already.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._returns = deque(journal.returns_before, maxlen=RETURN_WINDOW)
        self._curve = Curve()
        self._best: float | None = None
        self._episodes = 0
        self._steps, self._updates = 0, journal.begins_after
        self._latest = _latest(journal)
        for updates, episodes in journal.pieces(journal.updates):
            if len(episodes["steps"]):
                self.add_episodes(episodes["steps"], episodes["return"])
            if len(updates["steps"]):
                self.reach(int(updates["update"][-1]), updates["steps"][-1])

    @property
    def curve(self) -> Points:
        """The mean return of the 100 episodes before, over environment steps."""
        return self._curve.means()

    def add_episodes(self, steps: ArrayLike, returns: ArrayLike) -> None:
        """Take in episodes that have ended, (n,) each, at least one."""
        steps, returns = np.asarray(steps, float), np.asarray(returns, float)
        self._episodes += len(steps)
        known, n_before = np.concatenate([self._returns, returns]), len(self._returns)
        means = moving_mean(known, RETURN_WINDOW)[n_before:]
        self._curve.extend(steps, means)
        end = n_before + int(means.argmax()) + 1
        mean = fmean(known[max(0, end - RETURN_WINDOW) : end])
        self._best = mean if self._best is None else max(self._best, mean)
        self._returns.extend(returns[-RETURN_WINDOW:].tolist())

    def reach(self, update: int, steps: float) -> None:
        """Take in which update was finished last, and at which step."""
        self._updates, self._steps = update, int(steps)

    def follow(self, event: Event) -> None:
        """Take in what has happened, for what the run shows now."""
        self._latest.follow(event)

    def summary(self, reason: str) -> Summary:
        """Return what there is to say now."""
        settings = self._journal.settings
        steps, means = self.curve
        values = self._latest.hyperparameters or settings.hyperparameters
        changed = changed_fields(settings.hyperparameters, values)
        symptom = symptom_of(self._latest)
        chosen = np.linspace(0, len(steps) - 1, min(len(steps), CURVE_POINTS)).astype(int)
        return Summary(
            settings.environment_id,
            settings.algorithm.value,
            settings.seed,
            asdict(settings.hyperparameters),
            self._journal.engine,
            self._journal.parent,
            self._steps,
            self._updates,
            self._episodes,
            self._best,
            fmean(self._returns) if self._returns else None,
            reason,
            tuple(zip(steps[chosen].tolist(), means[chosen].tolist(), strict=True)),
            {name: new for name, (_, new) in changed.items() if name not in BUDGET_FIELDS},
            "" if symptom is None else symptom.key,
        )


def summary_of(journal: Journal) -> Summary:
    """Return what there is to say of a run that has a journal."""
    return Summing(journal).summary("" if journal.end is None else journal.end.reason.value)


def _latest(journal: Journal) -> History:
    """Return what a run is known by that has a journal."""
    settings = journal.settings
    with suppress(InvalidHyperparameter):  # together with others, in a damaged file
        values = settings.hyperparameters.changed(journal.values_before)
        settings = replace(settings, hyperparameters=values)
    history = History.of_past(settings, journal.pieces(journal.updates), journal.changed)
    known = KNOWN_ENVIRONMENTS.get(settings.environment_id)
    history.n_actions = len(known.actions) if known is not None and known.is_discrete else None
    if journal.end is not None:
        history.follow(journal.end)
    return history


def _mean_return(value: Any) -> float | None:
    if value is not None and abs(number(value)) > LARGEST_RETURN:
        refuse(value)
    return None if value is None else number(value)


def _points(values: Any) -> tuple[Point, ...]:
    """Return points; all at once, for a list may hold those of a thousand runs."""
    points = np.array(values if values else np.empty((0, 2)))
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind not in "if":
        refuse(values)
    if not (np.abs(points) <= LARGEST_RETURN).all():
        refuse(values)
    return tuple(zip(*points.T.tolist(), strict=True))


def _scalars(values: dict[str, Any]) -> dict[str, Value]:
    return {name: _scalar(value) for name, value in values.items() if name in DECLARATIONS}


def _scalar(value: Any) -> Value:
    if value is not None and not isinstance(value, _SCALARS):
        refuse(value)
    return value
