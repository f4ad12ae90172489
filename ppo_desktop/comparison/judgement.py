"""How good a policy really is: played from start states that are always the same, and never learnt from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from ppo_desktop.comparison.csv_text import Row, csv_text
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.statistics import bootstrap_interval, load_scipy
from ppo_desktop.jobs.job import Ended, EndReason, Idle, Job
from ppo_desktop.jobs.outbox import Growing
from ppo_desktop.library import UNUSABLE
from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.evaluation import START_SEEDS, STARTS_VERSION, play_episode
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.runs.processors import give_way

NEWS_SECONDS = 0.1
"""Longest time of playing without an event."""
_ENOUGH = 20
"""Episodes after which their pace says something."""


@dataclass(frozen=True)
class JudgedReturns:
    """What one way of acting has reached, from the first start states on.

    Attributes:
        returns: Of each episode.
        low: Low end of the 95 % bootstrap interval of their mean; nan before all have ended.
        high: High end.
    """

    returns: tuple[float, ...] = ()
    low: float = math.nan
    high: float = math.nan

    @property
    def mean(self) -> float:
        """The mean; nan before any."""
        return float(np.mean(self.returns)) if self.returns else math.nan


@dataclass(frozen=True)
class Judgement(Growing):
    """What is known of a policy so far.

    Attributes:
        moment: Whose policy.
        run: What its run is called; possibly empty.
        by_acting: For each way of acting.
    """

    moment: PolicyMoment
    run: str = ""
    by_acting: Mapping[Acting, JudgedReturns] = field(
        default_factory=lambda: dict.fromkeys(Acting, JudgedReturns())
    )

    @property
    def n_played(self) -> int:
        """Start states from which every way of acting has been played."""
        return min(len(judged.returns) for judged in self.by_acting.values())

    @property
    def starts(self) -> str:
        """Which start states: judgements with the same name can be compared."""
        return f"{self.moment.settings.environment_id} version {STARTS_VERSION}"


class Judging(Job[Judgement]):
    """Plays from every start state, sampled and deterministic one after the other, in the thread that asks.

    Ask for its events once only.

    Args:
        find: Returns what is judged; called in that thread, for it may take a while. What it raises of
            `UNUSABLE` ends the job with one line.
        run: What its run is called.
    """

    def __init__(self, find: Callable[[], PolicyMoment], run: str = "") -> None:
        super().__init__(enough=_ENOUGH)
        self._find = find
        self._run = run
        self._returns: dict[Acting, list[float]] = {acting: [] for acting in Acting}

    @property
    def done(self) -> int:
        """Episodes played."""
        return sum(map(len, self._returns.values()))

    @property
    def total(self) -> int:
        """All episodes."""
        return len(Acting) * len(START_SEEDS)

    def _work(self) -> Generator[Judgement | Idle, None, Ended]:
        give_way()
        try:
            moment = self._find()
        except UNUSABLE as failure:
            return Ended(EndReason.FAILED, str(failure))
        yield Judgement(moment, self._run)
        problem = ""
        try:
            with closing(Player(moment.settings)) as player:
                player.set_policy(moment.policy)
                yield from self._follow(self._played(player), moment)
        except UNUSABLE as failure:
            problem = str(failure)
        with LOADING:
            load_scipy()
        yield self._judgement(moment, _with_interval)
        return Ended(EndReason.FAILED if problem else self._reason(), problem)

    def _played(self, player: Player) -> Iterator[None]:
        """Play all episodes; yield now and then."""
        for seed in START_SEEDS:
            for acting, returns in self._returns.items():
                returns.append((yield from play_episode(player, seed, acting)))
                yield

    def _follow(self, played: Iterator[None], moment: PolicyMoment) -> Generator[Judgement | Idle]:
        """Let it be played, unless it rests or is cancelled, and say now and then what is known."""
        said_at = time.monotonic()
        for _ in played:
            self._pace.count(self.done)
            if time.monotonic() - said_at > NEWS_SECONDS:
                yield self._judgement(moment, JudgedReturns)
                said_at = time.monotonic()
            while self._is_paused and not self._is_cancelled:
                self._next_progress()
                yield Idle()
            if self._is_cancelled:
                return

    def _judgement(
        self, moment: PolicyMoment, judged: Callable[[tuple[float, ...]], JudgedReturns]
    ) -> Judgement:
        by_acting = {acting: judged(tuple(returns)) for acting, returns in self._returns.items()}
        return Judgement(moment, self._run, by_acting)


def _with_interval(returns: tuple[float, ...]) -> JudgedReturns:
    low, high = bootstrap_interval(np.array(returns)) if returns else (math.nan, math.nan)
    return JudgedReturns(returns, float(low), float(high))


def update_name(moment: PolicyMoment) -> str:
    """Return after which update of a run it is, or within which; or from which file."""
    if moment.file:
        return moment.file
    if moment.is_within_update:
        return f"within update {grouped(moment.update + 1)}"
    return f"update {grouped(moment.update)}" if moment.update else "before the first update"


def moment_name(moment: PolicyMoment) -> str:
    """Return which moment of a run it is."""
    return f"{update_name(moment)}, step {grouped(moment.steps)}"


def judgement_sentences(judgement: Judgement) -> list[str]:
    """Return what can be said: of each way of acting, and of the start states."""
    sentences = [
        _of_returns(acting, judged, judgement.moment.settings.environment_id)
        for acting, judged in judgement.by_acting.items()
        if judged.returns
    ]
    return [*sentences, _of_starts(judgement)]


def _of_returns(acting: Acting, judged: JudgedReturns, environment_id: str) -> str:
    mean, low, high = (
        FINAL_RETURN.write(number, environment_id) for number in (judged.mean, judged.low, judged.high)
    )
    name = acting.label.capitalize()
    episodes = counted(len(judged.returns), "episode")
    if len(judged.returns) > 1 and min(judged.returns) == max(judged.returns):
        return f"{name}: {mean} in each of {episodes}."
    interval = "" if math.isnan(judged.low) else f" (95 % interval {low} to {high})"
    return f"{name}: mean return {mean}{interval} in {episodes}."


def _of_starts(judgement: Judgement) -> str:
    return (
        f"The {len(START_SEEDS)} start states ({judgement.starts}) are the same for every policy, and no run "
        "learns from them: these are never the numbers by which a moment or a run was chosen."
    )


def judgements_csv(judgements: Sequence[Judgement]) -> str:
    """Return every return with what it is of, as CSV."""
    rows: list[Row] = [
        {
            "run": judgement.run or judgement.moment.file,
            "environment": judgement.moment.settings.environment_id,
            "algorithm": judgement.moment.settings.algorithm.value,
            "seed": "" if judgement.moment.file else judgement.moment.settings.seed,
            "update": "" if judgement.moment.file else judgement.moment.update,
            "steps": judgement.moment.steps,
            "starts": judgement.starts,
            "acting": acting.value,
            "start": number,
            "return": value,
        }
        for judgement in judgements
        for acting, judged in judgement.by_acting.items()
        for number, value in enumerate(judged.returns, start=1)
    ]
    return csv_text(rows)
