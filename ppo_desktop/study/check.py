"""Whether the best trial is better with seeds it was not chosen by."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from ppo_desktop.comparison.measures import FINAL_RETURN, MEAN_RETURN, Measure
from ppo_desktop.comparison.statistics import Difference, bootstrap_interval, load_scipy, paired_difference
from ppo_desktop.comparison.words import difference_sentence
from ppo_desktop.jobs.job import Ended, Idle, Job
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.engines.choice import LOADING, useful_threads
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, changed_fields
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described, preset_with_id, presets_for
from ppo_desktop.runs.runner import Runner
from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.map_axes import cell_words
from ppo_desktop.study.study_digest import best_trial, runner_up
from ppo_desktop.study.study_plan import Objective, StudyPlan
from ppo_desktop.study.trial_cost import engine_of_study
from ppo_desktop.study.trials import TrialRecord

FRESH_SEEDS = 10
FIRST_FRESH_SEED = 1001
"""Seeds of a check begin here, far from those of trials."""


class CandidateKind(Labelled):
    """Why values are checked; `START` is where the study began, which checks of earlier versions have."""

    BEST = "best", "best"
    RUNNER_UP = "runner-up", "runner-up"
    PRESET = "preset", "preset"
    START = "default", "start"


@dataclass(frozen=True)
class Candidate:
    """Values that are checked.

    Attributes:
        kind: Why.
        trial: Number of the trial; None for what need not have been one.
        values: {hyperparameter: value} of the space; of a preset of everything in which it is not the base.
        in_study: Its objective in the study, which it was chosen by; None without a trial.
        preset: Id of the preset; empty for all else.
        is_cell: Whether the trial is a cell of a map, which is called by its values.
    """

    kind: CandidateKind
    trial: int | None
    values: Mapping[str, Value]
    in_study: float | None = None
    preset: str = ""
    is_cell: bool = False


@dataclass(frozen=True)
class CheckedCandidate:
    """What fresh seeds say of a candidate.

    Attributes:
        by_seed: {seed: what is maximised} of those that have ended with a number, in the order of seeds.
        failures: {seed: why it has none, in one line}. Such a seed counts neither for the mean nor for a
            difference, which the sentences say.
        low: Low end of the 95 % bootstrap interval of the mean; nan with fewer than FEWEST_FOR_INTERVAL
            seeds, and before all have ended.
        high: High end.
    """

    candidate: Candidate
    by_seed: Mapping[int, float] = field(default_factory=dict)
    failures: Mapping[int, str] = field(default_factory=dict)
    low: float = math.nan
    high: float = math.nan

    @property
    def mean(self) -> float:
        """The mean over seeds; nan before any."""
        return float(np.mean([*self.by_seed.values()])) if self.by_seed else math.nan

    @property
    def n_ended(self) -> int:
        """How many seeds have ended, with or without a number."""
        return len(self.by_seed) + len(self.failures)


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


def candidates(plan: StudyPlan, trials: Iterable[TrialRecord], *, are_cells: bool = False) -> list[Candidate]:
    """Return what is worth checking: the best trial, the next best, and the environment's first preset.

    Nothing without a complete trial. A preset with all values of one of the trials is left out.

    Args:
        plan: What the study searches.
        trials: Its trials, or some of them.
        are_cells: Whether these are cells of a map.
    """
    complete = [trial for trial in trials if trial.is_complete]
    best = best_trial(complete)
    chosen = ((CandidateKind.BEST, best), (CandidateKind.RUNNER_UP, runner_up(complete, best)))
    found = [
        Candidate(kind, trial.number, dict(trial.values), trial.objective, is_cell=are_cells)
        for kind, trial in chosen
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
    return Candidate(CandidateKind.PRESET, None, values, preset=preset.id)


def check_result(plan: StudyPlan, checked: Sequence[CheckedCandidate], n_seeds: int) -> CheckResult:
    """Return what the seeds that have ended say, with intervals as soon as all have."""
    is_complete = sum(one.n_ended for one in checked) == n_seeds * len(checked)
    results = tuple(_in_order_of_seeds(one, is_complete=is_complete) for one in checked)
    sentences = check_sentences(plan, results) if is_complete else sentences_so_far(plan, results, n_seeds)
    return CheckResult(results, n_seeds, is_complete, sentences)


def _in_order_of_seeds(checked: CheckedCandidate, *, is_complete: bool) -> CheckedCandidate:
    by_seed, failures = dict(sorted(checked.by_seed.items())), dict(sorted(checked.failures.items()))
    has_interval = is_complete and len(by_seed) >= FEWEST_FOR_INTERVAL
    low, high = bootstrap_interval(np.array([*by_seed.values()])) if has_interval else (math.nan, math.nan)
    return CheckedCandidate(checked.candidate, by_seed, failures, float(low), float(high))


@dataclass(frozen=True)
class SeedsEnded:
    """Fresh seeds have ended; `result` is what all that have say."""

    result: CheckResult


class Check(Job[SeedsEnded]):
    """Candidates trained as trials are, with other seeds; all candidates with one seed before the next.

    Ask for its events once only. `result` is what there is so far.
    """

    def __init__(
        self, plan: StudyPlan, candidates: Sequence[Candidate], engine: str, n_seeds: int = FRESH_SEEDS
    ) -> None:
        super().__init__(enough=plan.total_steps)
        self._plan = plan
        self._candidates = tuple(candidates)
        self._engine = engine
        self._seeds = range(FIRST_FRESH_SEED, FIRST_FRESH_SEED + n_seeds)
        self._runs: dict[tuple[int, int], SeedRun] = {}
        self._impossible: dict[int, str] = {}
        self.result = check_result(plan, [*map(CheckedCandidate, candidates)], n_seeds)

    @property
    def done(self) -> int:
        """Environment steps of all runs so far; those of ended ones count as all of theirs."""
        return sum(map(self._steps_done, list(self._runs.values())))

    @property
    def total(self) -> int:
        """Environment steps of all runs."""
        return len(self._candidates) * len(self._seeds) * self._plan.total_steps

    @property
    def worked(self) -> int:
        """Environment steps that have really been taken."""
        return sum(run.record.steps for run in list(self._runs.values()))

    def _steps_done(self, run: SeedRun) -> int:
        most = self._plan.total_steps
        return most if run.has_ended else min(run.record.steps, most)

    def _work(self) -> Generator[SeedsEnded | Idle, None, Ended]:
        self._runner = Runner(useful_threads(engine_of_study(self._plan, self._engine)))
        try:
            self._let_learn(self._runner)
            while not self._is_cancelled and not self.result.is_complete:
                yield SeedsEnded(self.result) if self._take_in() else Idle()
                if not self.result.is_complete:
                    self._next_progress()
        finally:
            for run in self._runs.values():
                run.cancel()
            self._runner.close()
        if self._take_in():
            yield SeedsEnded(self.result)
        return Ended(self._reason())

    def _let_learn(self, runner: Runner) -> None:
        """Let all runs begin; what cannot be trained is found out before."""
        for place, candidate in enumerate(self._candidates):
            try:
                for seed in self._seeds:
                    self._runs[place, seed] = SeedRun(
                        self._plan, candidate.values, seed, self._engine, lambda: self._progressed.put(None)
                    )
            except InvalidHyperparameter as error:
                self._impossible[place] = str(error)
        self._follow_wishes()
        for (_, seed), run in self._runs.items():
            runner.add(run.create, run.take, group=seed)

    def _take_in(self) -> bool:
        """Put together what has ended; return whether anything has since the last time."""
        checked = [self._checked(place) for place in range(len(self._candidates))]
        if sum(one.n_ended for one in self.result.checked) == sum(one.n_ended for one in checked):
            return False
        if any(one.by_seed for one in checked):
            with LOADING:
                load_scipy()
        self.result = check_result(self._plan, checked, len(self._seeds))
        return True

    def _checked(self, place: int) -> CheckedCandidate:
        candidate = self._candidates[place]
        if place in self._impossible:
            return CheckedCandidate(candidate, {}, dict.fromkeys(self._seeds, self._impossible[place]))
        runs = {seed: self._runs[place, seed] for seed in self._seeds}
        objectives = {seed: run.objective for seed, run in runs.items()}
        return CheckedCandidate(
            candidate,
            {seed: objective for seed, objective in objectives.items() if objective is not None},
            {seed: run.failure for seed, run in runs.items() if run.failure},
        )


FEWEST_FOR_INTERVAL = 3
"""Fresh seeds from which there is an interval: one of fewer says nothing and looks as if it did."""


def candidate_name(plan: StudyPlan, candidate: Candidate) -> str:
    """Return what a candidate is called within a sentence: "trial 47", "the cell …", "the preset …"."""
    article = "" if candidate.trial is not None and not candidate.is_cell else "the "
    return f"{article}{candidate_title(plan, candidate)}"


def candidate_title(plan: StudyPlan, candidate: Candidate) -> str:
    """Return what a candidate is called by itself: "trial 47", "cell ε = 0.2 · α = 1e−3", "preset CleanRL".

    Where a study began is called a preset where it was one; else nothing is known of it but that.
    """
    if candidate.is_cell:
        return f"cell {cell_words(candidate.values)}"
    if candidate.trial is not None:
        return f"trial {candidate.trial}"
    preset = presets_for(plan.environment_id)[0]
    differing = changed_fields(preset.hyperparameters, plan.base).keys() - {*BUDGET_FIELDS}
    if not candidate.preset and differing:
        return "study's starting settings"
    named = preset_with_id(plan.environment_id, candidate.preset)
    return f"preset {candidate.preset if named is None and candidate.preset else (named or preset).name}"


def has_preset_values(plan: StudyPlan, values: Mapping[str, Value]) -> bool:
    """Return whether with these values of the space a run would train as the environment's first preset."""
    preset = asdict(presets_for(plan.environment_id)[0].hyperparameters)
    trained = {**asdict(plan.base), **values}
    return all(trained[name] == preset[name] for name in preset if name not in BUDGET_FIELDS)


def sentences_so_far(plan: StudyPlan, checked: Sequence[CheckedCandidate], n_seeds: int) -> tuple[str, ...]:
    """Return what is seen before all of the seeds each is to have have ended, which claims nothing."""
    measure, known = _measure(plan), [candidate for candidate in checked if candidate.by_seed]
    means = [
        f"{candidate_name(plan, one.candidate)} {measure.write(one.mean, plan.environment_id)}"
        for one in known
    ]
    runs = f"{grouped(sum(one.n_ended for one in checked))} of {counted(n_seeds * len(checked), 'run')}"
    seen = f"So far, with {runs} done: {', '.join(means)}." if means else ""
    return tuple(filter(None, [seen, *(_failed(plan, candidate) for candidate in checked)]))


def check_sentences(plan: StudyPlan, checked: Sequence[CheckedCandidate]) -> tuple[str, ...]:
    """Return what can be said of the best, the first one: beside itself in the study, and each other one.

    A candidate is not called better where some of its seeds failed: without them its mean is too good. It
    is said which ones failed.
    """
    if not checked:
        return ()
    best, *others = checked
    sentences = [_what_is_left(plan, best)]
    sentences += [_beside(plan, best, other) for other in others]
    for candidate in checked:
        sentences += [_values_known_otherwise(plan, candidate), _failed(plan, candidate)]
    return tuple(filter(None, sentences))


def _what_is_left(plan: StudyPlan, best: CheckedCandidate) -> str:
    """Return what the best had in the study and has now: what is chosen by a number was also lucky."""
    in_study = best.candidate.in_study
    if in_study is None or not best.by_seed:
        return ""
    measure, where = _measure(plan), plan.environment_id
    before, now, low, high = (
        measure.write(number, where) for number in (in_study, best.mean, best.low, best.high)
    )
    interval = f" [{low}, {high}]" if len(best.by_seed) >= FEWEST_FOR_INTERVAL else ""
    text = (
        f"In the study {candidate_name(plan, best.candidate)} had {before} with "
        f"{counted(plan.n_seeds, 'seed')}; with {counted(len(best.by_seed), 'fresh seed')} it has "
        f"{now}{interval}."
    )
    if in_study > best.high:
        kind = "cell" if best.candidate.is_cell else "trial"
        return f"{text} A {kind} chosen for its high number owes part of it to luck."
    return text


def _beside(plan: StudyPlan, best: CheckedCandidate, other: CheckedCandidate) -> str:
    """Return whether the best is better than another candidate with the seeds that both have."""
    gap = _gap(best, other)
    if gap.n < FEWEST_FOR_INTERVAL:
        return ""
    name, rival = candidate_name(plan, best.candidate), candidate_name(plan, other.candidate)
    if other.candidate.trial is not None:
        rival += f" (the {other.candidate.kind.label})"
    words = difference_sentence(name, rival, _measure(plan), plan.environment_id, gap)
    winner = best if gap.mean > 0.0 else other
    if gap.is_certain and winner.failures:
        return f"Without the seeds that failed, {words}, which therefore proves nothing."
    return f"{_capital(words)}."


def _values_known_otherwise(plan: StudyPlan, checked: CheckedCandidate) -> str:
    """Return that a trial has the preset's values, which is then no candidate, or those of the beginning."""
    candidate, name = checked.candidate, _capital(candidate_name(plan, checked.candidate))
    if candidate.trial is None:
        return ""
    if has_preset_values(plan, candidate.values):
        return f"{name} has the values of the preset {presets_for(plan.environment_id)[0].name}."
    if candidate.values != plan.base_values:
        return ""
    settings = described(plan.environment_id, plan.base, BUDGET_FIELDS)
    return f"{name} has the study's starting settings: {settings}."


def _gap(best: CheckedCandidate, other: CheckedCandidate) -> Difference:
    ours, theirs = best.by_seed, other.by_seed
    both = sorted(ours.keys() & theirs.keys())
    return paired_difference(
        np.array([ours[seed] for seed in both]), np.array([theirs[seed] for seed in both])
    )


def _failed(plan: StudyPlan, checked: CheckedCandidate) -> str:
    if not checked.failures:
        return ""
    name = candidate_name(plan, checked.candidate)
    first = next(iter(checked.failures.values())).rstrip(".")
    return (
        f"{_capital(name)}: {len(checked.failures)} of {counted(checked.n_ended, 'fresh seed')} failed and "
        f"{'is' if len(checked.failures) == 1 else 'are'} left out ({first})."
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _measure(plan: StudyPlan) -> Measure:
    """Return how an objective is written, and that more of it is better."""
    return FINAL_RETURN if plan.objective is Objective.EVALUATION else MEAN_RETURN
