"""Kept runs for TensorBoard: a folder with one event file for each.

Scalars have Stable-Baselines3's names where they are the same thing, and `ppo/…` where only this program has
them. What writing costs is a few seconds at most: numbers are put together by the thousand, see `event_file`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np

from ppo_desktop import __version__
from ppo_desktop.exports.event_file import EventFile, Status
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import Change, ExportedRun
from ppo_desktop.exports.update_samples import SomeUpdates
from ppo_desktop.exports.wall_clock import WallClock
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.events import RETURN_WINDOW, FinishReason
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.step_settings import remaining_fraction, step_settings
from ppo_desktop.runs.history import moving_mean
from ppo_desktop.runs.journal import Columns

MEAN_RETURN, MEAN_LENGTH = "rollout/ep_rew_mean", "rollout/ep_len_mean"
ABOUT = "run/about"
_TAGS = {
    "approx_kl": "train/approx_kl",
    "clip_fraction": "train/clip_fraction",
    "explained_variance": "train/explained_variance",
    "policy_entropy": "train/entropy_loss",
    "policy_loss": "train/policy_gradient_loss",
    "value_loss": "train/value_loss",
}


def write_tensorboard(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a run into a folder of its own: scalars, histograms, texts and hyperparameters.

    Raises:
        EnvironmentFailure: The environment failed.
    """
    clock, settings = WallClock(subject.kept, subject.update), subject.settings
    values = session_values(settings.environment_id, settings.algorithm, asdict(_first_values(subject)))
    with EventFile(fresh, clock.began) as file:
        file.begin_session(values, group_of(values, subject.changes), clock.began)
        steps = _write_numbers(file, subject, clock, between(progress, 0.0, 0.5))
        _write_changes(file, subject, clock)
        why_no_more = _write_histograms(file, subject, clock, between(progress, 0.5, 1.0))
        file.add_text(ABOUT, 0, clock.began, table(_about(subject, why_no_more)))
        file.end_session(status_of(None if subject.end is None else subject.end.reason), clock.time(steps))
    progress(1.0)


def between(progress: Progress, begin: float, end: float) -> Progress:
    """Return what is told how much is done of a part, from `begin` to `end` of all."""
    return lambda share: progress(begin + (end - begin) * share)


# ---- what runs, comparisons and studies have in common ------------------------------------------------


def update_scalars(columns: Mapping[str, Doubles]) -> dict[str, Doubles]:
    """Return numbers of updates, {name of a quantity: (n,)}, by their tags; entropy with its sign turned."""
    return {
        _TAGS.get(name, f"ppo/{name}"): -values if name == "policy_entropy" else values
        for name, values in columns.items()
        if name in UPDATE_QUANTITIES
    }


def session_values(
    environment_id: str, algorithm: Algorithm, hyperparameters: Mapping[str, Value]
) -> dict[str, Value]:
    """Return what the HParams page lists of a run: all but its seed, in which repetitions differ."""
    return {"environment": environment_id, "algorithm": algorithm.value, **hyperparameters}


def group_of(values: Mapping[str, Value], changes: Sequence[Change] = ()) -> str:
    """Return the name of a configuration: runs of the same differ in nothing but their seeds."""
    known = json.dumps([values, changes], sort_keys=True)
    digest = hashlib.sha256(known.encode()).hexdigest()[:8]
    return f"{values['environment']} {values['algorithm']} {digest}"


def status_of(end: FinishReason | None) -> Status:
    """Return how a run has ended; one that has not can go on."""
    if end is None:
        return Status.RUNNING
    return Status.FAILURE if end in (FinishReason.DIVERGED, FinishReason.FAILED) else Status.SUCCESS


def table(rows: Mapping[str, object]) -> str:
    """Return what is known of a run as Markdown, without what is empty; nothing in it is markup."""
    lines = [f"| {name} | {_plain(value)} |" for name, value in rows.items() if str(value)]
    return "\n".join(["| | |", "|---|---|", *lines])


def _plain(value: object) -> str:
    line = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>|#" else letter for letter in line)


# ---- the parts of a run ------------------------------------------------------------------------------


def _write_numbers(file: EventFile, subject: ExportedRun, clock: WallClock, progress: Progress) -> float:
    """Write what was reported of updates and episodes; return how many environment steps that were."""
    means = _MeansOfEpisodes(subject.kept.line[-1][0].journal.returns_before)
    values_in_force = _ValuesInForce(subject)
    steps, done, n_updates = 0.0, 0, max(1, subject.update - subject.kept.first_update)
    progress(0.0)
    for updates, episodes in _pieces(subject):
        of_piece = between(progress, done / n_updates, (done + len(updates["steps"])) / n_updates)
        tags = {"ppo/episode_return": episodes["return"], "ppo/episode_length": episodes["length"]}
        times = clock.times(episodes["steps"])
        file.add_scalars(episodes["steps"], times, tags, between(of_piece, 0.0, 0.5))
        tags = means.after(updates["steps"], episodes) | update_scalars(updates)
        tags |= values_in_force.during(updates)
        times = clock.times(updates["steps"])
        file.add_scalars(updates["steps"], times, tags, between(of_piece, 0.5, 1.0))
        done += len(updates["steps"])
        if len(updates["steps"]):
            steps = float(updates["steps"][-1])
    return steps


def _pieces(subject: ExportedRun) -> Iterator[tuple[Columns, Columns]]:
    """Yield the numbers of updates and episodes, also of runs that it goes on from; see `Journal.pieces`."""
    line = [(kept, min(last, subject.update)) for kept, last in reversed(subject.kept.line)]
    return chain.from_iterable(kept.journal.pieces(last) for kept, last in line)


class _MeansOfEpisodes:
    """Mean return and length of the last 100 episodes, while these come piece by piece.

    Args:
        returns: Those before the first piece, of which the lengths are not known.
    """

    def __init__(self, returns: Sequence[float]) -> None:
        self._known: dict[str, Doubles] = {"return": np.array(returns), "length": np.empty(0)}

    def after(self, steps: Doubles, episodes: Columns) -> dict[str, Doubles]:
        """Take in episodes, and return by tag the means at steps, (n,); nan before the first has ended."""
        ended = np.searchsorted(episodes["steps"], steps, side="right")
        found: dict[str, Doubles] = {}
        for name, tag in (("return", MEAN_RETURN), ("length", MEAN_LENGTH)):
            before = self._known[name]
            known = np.concatenate([before, episodes[name]])
            found[tag] = np.concatenate([[np.nan], moving_mean(known, RETURN_WINDOW)])[len(before) + ended]
            self._known[name] = known[-RETURN_WINDOW:]
        return found


class _ValuesInForce:
    """Learning rate and clip range of updates, which come piece by piece."""

    def __init__(self, subject: ExportedRun) -> None:
        self._algorithm = subject.settings.algorithm
        self._first = subject.first_settings.hyperparameters
        self._in_force = _first_values(subject)
        self._changes = list(reversed(subject.changes))

    def during(self, updates: Columns) -> dict[str, Doubles]:
        """Return by tag those that each update ended with, (n,)."""
        used = []
        for update, steps in zip(updates["update"].tolist(), updates["steps"].tolist(), strict=True):
            while self._changes and self._changes[-1].update <= update:
                change = self._changes.pop()
                with suppress(InvalidHyperparameter):  # together with others, in a damaged file
                    self._in_force = self._in_force.changed({change.name: change.value})
            remaining = remaining_fraction(self._first, self._in_force, steps)
            used.append(step_settings(self._algorithm, self._in_force, remaining))
        return {
            "train/learning_rate": np.array([step.learning_rate for step in used]),
            "train/clip_range": np.array([step.clip_range for step in used], float),
        }


def _first_values(subject: ExportedRun) -> Hyperparameters:
    """Return the values in force before the first update that is known."""
    values = subject.first_settings.hyperparameters
    with suppress(InvalidHyperparameter):  # together with others, in a damaged file
        values = values.changed(subject.kept.line[-1][0].journal.values_before)
    return values


def _write_changes(file: EventFile, subject: ExportedRun, clock: WallClock) -> None:
    for steps, text in sorted([*_values_changed(subject), *_engines_changed(subject)]):
        file.add_text("run/changes", steps, clock.time(steps), _plain(text))


def _values_changed(subject: ExportedRun) -> Iterator[tuple[int, str]]:
    """Yield what was changed on the way, each with the step at which it was taken over."""
    values = asdict(_first_values(subject))
    steps = {event.update: event.steps for kept, _ in subject.kept.line for event in kept.journal.changed}
    for update, gradient_step, name, new in subject.changes:
        declaration = DECLARATIONS[name]
        change = f"{declaration.format(values[name])} → {declaration.format(new)}"
        values[name] = new
        taken = f", after {counted(gradient_step, 'gradient step')}" if gradient_step > 0 else ""
        yield steps[update], f"{declaration.explanation.title}: {change} (from update {update} on{taken})"


def _engines_changed(subject: ExportedRun) -> Iterator[tuple[int, str]]:
    for kept, last in subject.kept.line:
        for event in kept.journal.engines:
            if event.update <= min(last, subject.update):
                yield event.steps, f"{ENGINE_LABELS[event.engine]} (from update {event.update} on)"


def _write_histograms(file: EventFile, subject: ExportedRun, clock: WallClock, progress: Progress) -> str:
    """Write how ratios and advantages of some updates are spread; return why it is not more, if it is not."""
    some = SomeUpdates(subject)
    for samples in some.samples(progress):
        time = clock.time(samples.steps)
        file.add_histogram("ppo/ratio", samples.steps, time, samples.ratios)
        file.add_histogram("ppo/advantage", samples.steps, time, samples.advantages)
    return some.why_not


def _about(subject: ExportedRun, why_no_more_histograms: str) -> dict[str, object]:
    settings, end, parent = subject.settings, subject.end, subject.kept.journal.parent
    return {
        "run": subject.kept.folder.name,
        "name": subject.name,
        "environment": settings.environment_id,
        "algorithm": settings.algorithm.label,
        "seed": settings.seed,
        "update": subject.update,
        "engine": ", ".join(ENGINE_LABELS[name] for name in subject.engines),
        "branch of": "" if parent is None else f"{parent.run} after update {parent.update}",
        "end": "" if end is None else f"{end.reason.label}. {end.message}",
        "damage": subject.kept.damage,
        "no more histograms": why_no_more_histograms,
        "written by": f"PPO Desktop {__version__}",
    }
