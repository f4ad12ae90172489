"""Whether the best trial is better with seeds it was not chosen by."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from ppo_desktop.comparison.plan import BUDGET_FIELDS
from ppo_desktop.comparison.statistics import bootstrap_interval, load
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.engines.choice import LOADING, useful_threads
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.runs.runner import Runner
from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.check_words import (
    FEWEST_FOR_INTERVAL,
    check_sentences,
    has_preset_values,
    sentences_so_far,
)
from ppo_desktop.study.digest import best_trial, runner_up
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

FRESH_SEEDS = 10
FIRST_FRESH_SEED = 1001
"""Seeds of a check begin here, far from those of trials."""
BEST, RUNNER_UP, PRESET, START = "best", "runner-up", "preset", "default"
"""Kinds of candidates; `START` is where the study began, which checks of earlier versions have."""


@dataclass(frozen=True)
class Candidate:
    """Values that are checked.

    Attributes:
        name: BEST, RUNNER_UP, PRESET or START.
        trial: Number of the trial; None for what need not have been one.
        values: {hyperparameter: value} of the space; of a preset of everything in which it is not the base.
        in_study: Its objective in the study, which it was chosen by; None without a trial.
        preset: Name of the preset; empty for all else.
    """

    name: str
    trial: int | None
    values: Mapping[str, Value]
    in_study: float | None = None
    preset: str = ""


@dataclass(frozen=True)
class CheckedCandidate:
    """What fresh seeds say of a candidate.

    Attributes:
        candidate: Which.
        objectives: What is maximised, of each fresh seed that has ended with one, in the order of seeds.
        mean: Their mean; nan before any.
        low: Low end of the 95 % bootstrap interval of the mean; nan with fewer than FEWEST_FOR_INTERVAL
            seeds, and before all have ended.
        high: High end.
        seeds: Which seeds these are.
        failures: {seed: why it has no objective, in one line}. Such a seed counts neither for the mean
            nor for a difference, which is told in the sentences.
    """

    candidate: Candidate
    objectives: tuple[float, ...]
    mean: float
    low: float
    high: float
    seeds: tuple[int, ...] = ()
    failures: Mapping[int, str] = field(default_factory=dict)

    @property
    def by_seed(self) -> dict[int, float]:
        """Objectives by seed."""
        return dict(zip(self.seeds, self.objectives, strict=True))


@dataclass(frozen=True)
class CheckResult:
    """What fresh seeds say.

    Attributes:
        checked: The candidates, best first.
        n_seeds: How many fresh seeds were wanted.
        is_complete: Whether all of them have ended.
        sentences: Whether the differences are real, in words; each a whole sentence. Before all seeds have
            ended only what is seen so far.
    """

    checked: tuple[CheckedCandidate, ...]
    n_seeds: int
    is_complete: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What has come of the seeds of one candidate so far.

    Attributes:
        objectives: {seed: what is maximised}.
        failures: {seed: why there is no objective}.
    """

    objectives: Mapping[int, float]
    failures: Mapping[int, str]


def candidates(plan: StudyPlan, trials: Iterable[TrialRecord]) -> list[Candidate]:
    """Return what is worth checking: the best trial, the next best, and the environment's first preset.

    Nothing without a complete trial. A preset with all values of one of the trials is left out.

    Args:
        plan: What is searched.
        trials: All trials, by number.
    """
    complete = [trial for trial in trials if trial.is_complete]
    best = best_trial(complete)
    named = ((BEST, best), (RUNNER_UP, runner_up(complete, best)))
    found = [
        Candidate(name, trial.number, dict(trial.values), trial.objective)
        for name, trial in named
        if trial is not None
    ]
    if found and not any(has_preset_values(plan, candidate.values) for candidate in found):
        found.append(preset_candidate(plan))
    return found


def preset_candidate(plan: StudyPlan) -> Candidate:
    """Return the environment's first preset, whole: also in what the study does not search."""
    preset, base = presets_for(plan.environment_id)[0], asdict(plan.base)
    values = {
        name: value
        for name, value in asdict(preset.hyperparameters).items()
        if name in plan.fields or (name not in BUDGET_FIELDS and value != base[name])
    }
    return Candidate(PRESET, None, values, preset=preset.name)


def check_result(plan: StudyPlan, checked: Sequence[tuple[Candidate, Outcome]], n_seeds: int) -> CheckResult:
    """Return what the seeds that have ended say."""
    n_ended = sum(len(outcome.objectives) + len(outcome.failures) for _, outcome in checked)
    is_complete = n_ended == n_seeds * len(checked)
    results = tuple(_checked(candidate, outcome, is_complete=is_complete) for candidate, outcome in checked)
    sentences = check_sentences(plan, results) if is_complete else sentences_so_far(plan, results, n_seeds)
    return CheckResult(results, n_seeds, is_complete, sentences)


def _checked(candidate: Candidate, outcome: Outcome, *, is_complete: bool) -> CheckedCandidate:
    seeds = tuple(sorted(outcome.objectives))
    objectives = np.array([outcome.objectives[seed] for seed in seeds])
    has_interval = is_complete and len(seeds) >= FEWEST_FOR_INTERVAL
    low, high = bootstrap_interval(objectives) if has_interval else (math.nan, math.nan)
    mean = float(objectives.mean()) if seeds else math.nan
    failures = dict(sorted(outcome.failures.items()))
    return CheckedCandidate(
        candidate, tuple(map(float, objectives)), mean, float(low), float(high), seeds, failures
    )


class Check:
    """Candidates trained as trials are, with other seeds; all candidates with one seed before the next.

    Args:
        plan: What is searched.
        candidates: What is checked.
        engine: Name of the engine that is wanted.
        n_seeds: Fresh seeds for each candidate.
    """

    def __init__(
        self, plan: StudyPlan, candidates: Sequence[Candidate], engine: str, n_seeds: int = FRESH_SEEDS
    ) -> None:
        self._plan = plan
        self._candidates = tuple(candidates)
        self._engine = engine
        self._seeds = range(FIRST_FRESH_SEED, FIRST_FRESH_SEED + n_seeds)
        self._runs: dict[tuple[int, int], SeedRun] = {}
        self._impossible: dict[int, str] = {}
        self._runner: Runner | None = None
        self._telling = threading.Lock()
        self._result = check_result(plan, [(candidate, Outcome({}, {})) for candidate in candidates], n_seeds)

    def start(self) -> None:
        """Let all runs begin; call it once."""
        for place, candidate in enumerate(self._candidates):
            try:
                for seed in self._seeds:
                    run = SeedRun(self._plan, candidate.values, seed, self._engine, self._tell)
                    self._runs[place, seed] = run
            except InvalidHyperparameter as error:
                self._impossible[place] = str(error)
        self._tell()
        self._runner = Runner(useful_threads(self._engine, self._plan.environment_id))
        for (_, seed), run in self._runs.items():
            self._runner.add(run.create, run.take, group=seed)

    def stop(self) -> None:
        """End all runs where they are; what has ended counts."""
        for run in self._runs.values():
            run.leave()
        if self._runner is not None:
            self._runner.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all runs have ended, or so many seconds; return whether they have."""
        return self._runner is None or self._runner.wait(timeout)

    def result(self) -> CheckResult:
        """Return what there is so far; it takes no time."""
        return self._result

    @property
    def share_done(self) -> float:
        """How much of all steps is done, 0…1."""
        total = len(self._runs) * self._plan.total_steps
        if not total:
            return float(self._runner is not None)
        return sum(map(self._steps_done, list(self._runs.values()))) / total

    def _steps_done(self, run: SeedRun) -> int:
        most = self._plan.total_steps
        return most if run.has_ended else min(run.record.steps, most)

    def _tell(self) -> None:
        """Put together what has ended, in the thread of the run that has something to say."""
        with self._telling:
            n_told = sum(len(told.seeds) + len(told.failures) for told in self._result.checked)
            outcomes = [self._outcome(place) for place in range(len(self._candidates))]
            if n_told == sum(len(outcome.objectives) + len(outcome.failures) for outcome in outcomes):
                return
            if any(outcome.objectives for outcome in outcomes):
                with LOADING:
                    load()
            checked = list(zip(self._candidates, outcomes, strict=True))
            self._result = check_result(self._plan, checked, len(self._seeds))

    def _outcome(self, place: int) -> Outcome:
        if place in self._impossible:
            return Outcome({}, dict.fromkeys(self._seeds, self._impossible[place]))
        runs = {seed: self._runs[place, seed] for seed in self._seeds}
        objectives = {seed: run.objective for seed, run in runs.items()}
        return Outcome(
            {seed: objective for seed, objective in objectives.items() if objective is not None},
            {seed: run.failure for seed, run in runs.items() if run.failure},
        )
