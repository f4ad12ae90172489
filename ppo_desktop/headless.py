"""Training without a window: the same events as JSON lines, or as a progress bar on a terminal."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from tqdm import tqdm

from ppo_desktop.complaints import complain
from ppo_desktop.exit_status import OUR_FAILURE
from ppo_desktop.interruption import Interruption, interruption
from ppo_desktop.json_lines import JsonLines, json_lines
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.evaluation import evaluate
from ppo_desktop.ppo.events import EpisodeEnded, Event, FinishReason, RunFinished, UpdateFinished
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs.speeds import MeasuredTrainer
from ppo_desktop.screen import Screen, own_screen

_UPDATE_FIELDS = ("update", "steps", "mean_return_100", *UPDATE_QUANTITIES)


def train(settings: RunSettings, engine: str, evaluate_episodes: int, json_file: Path | None) -> int:
    """Train, report what happens, and return the exit status.

    Args:
        settings: What makes the run.
        engine: Name of the engine.
        evaluate_episodes: Episodes to play greedily afterwards.
        json_file: Where JSON goes, see `json_lines`.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        OSError: `json_file` cannot be written.
    """
    logging.getLogger().addHandler(
        logging.NullHandler()
    )  # what goes wrong is one line for the user, not logged
    with ExitStack() as stack:
        noted = stack.enter_context(interruption())
        screen = stack.enter_context(own_screen(json_file))
        trainer = MeasuredTrainer(settings, make_engine(settings, engine), has_way_back=False)
        trainer.stride = LONGEST_STRIDE
        reporter = stack.enter_context(_open_reporter(settings, json_file, screen))
        begun_at = time.perf_counter()
        finish = _follow(trainer, reporter, noted)
        seconds = time.perf_counter() - begun_at
        if evaluate_episodes and finish is not None and finish.reason is not FinishReason.FAILED:
            finish = _evaluate(trainer, evaluate_episodes, reporter, noted, finish)
        reason = "interrupted" if finish is None else finish.reason.value
        reporter.finished(reason, trainer.steps, seconds, trainer.parameters_sha256(), trainer.engine.name)
    if finish is not None and finish.message:
        complain(finish.message)
    return OUR_FAILURE if finish is not None and finish.reason is FinishReason.FAILED else 0


def _follow(trainer: Trainer, reporter: Reporter, noted: Interruption) -> RunFinished | None:
    """Run to the end, close the environments, and return that end, or None if the user has interrupted."""
    finish: RunFinished | None = None
    try:
        with closing(trainer.events()) as events:
            for event in events:
                reporter.report(event)
                if isinstance(event, RunFinished):
                    finish = event
                if finish is not None or noted.requested:
                    break
    except EnvironmentFailure as failure:  # in closing
        if finish is not None and finish.reason is not FinishReason.FAILED:
            return RunFinished(FinishReason.FAILED, trainer.steps, str(failure))
    return finish


def _evaluate(
    trainer: Trainer, episodes: int, reporter: Reporter, noted: Interruption, finish: RunFinished
) -> RunFinished | None:
    """Play greedily, report how it went, and return `finish` or what came in between."""
    returns: list[float] = []
    try:
        with closing(evaluate(trainer.engine, trainer.settings, episodes)) as played:
            for ended in played:
                returns.extend(ended)
                if noted.requested:
                    return None
    except (EnvironmentFailure, UnsupportedEnvironment) as failure:
        return RunFinished(FinishReason.FAILED, trainer.steps, str(failure))
    reporter.evaluation(returns)
    return finish


class Reporter:
    """Reports events as JSON lines and, on a terminal, with a progress bar."""

    def __init__(self, lines: JsonLines, bar: tqdm[Any] | None, screen: Screen) -> None:
        self._lines = lines
        self._bar = bar
        self._screen = screen
        self._steps = 0

    def report(self, event: Event) -> None:
        """Report an event of the run."""
        match event:
            case EpisodeEnded():
                values = {"return": event.episode_return, "length": event.length}
                self._lines.write("episode", steps=event.steps, **values)
            case UpdateFinished():
                self._lines.write("update", **{name: getattr(event, name) for name in _UPDATE_FIELDS})
                self._advance(event)
            case _:
                pass

    def evaluation(self, returns: list[float]) -> None:
        """Report how the deterministic policy did."""
        self._lines.write("evaluation", mean=fmean(returns), std=pstdev(returns), returns=returns)
        self._say(f"evaluation: {fmean(returns):.2f} ± {pstdev(returns):.2f} over {len(returns)} episodes")

    def finished(self, reason: str, steps: int, seconds: float, fingerprint: str, engine: str) -> None:
        """Report the end of `seconds` of training; always the last line."""
        rate = steps / max(1e-9, seconds)
        self._lines.write(
            "finished",
            reason=reason,
            steps=steps,
            steps_per_second=round(rate, 1),
            parameters_sha256=fingerprint,
            engine=engine,
        )
        self._say(f"{reason} after {grouped(steps)} steps, {grouped(rate)} steps a second")

    def _advance(self, event: UpdateFinished) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(
                f"return {event.mean_return_100:.2f}, entropy {event.policy_entropy:.3f} nats", refresh=False
            )
            self._bar.update(event.steps - self._steps)
        self._steps = event.steps

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.clear()
            print(text, file=self._screen.output, flush=True)
            self._bar.refresh()


@contextmanager
def _open_reporter(settings: RunSettings, json_file: Path | None, screen: Screen) -> Iterator[Reporter]:
    """Open where a run is reported: JSON lines, and a bar where the screen is watched."""
    with ExitStack() as stack:
        lines = stack.enter_context(json_lines(json_file, screen))
        bar = None
        if screen.is_watched:
            values = settings.hyperparameters
            total = values.total_steps and values.whole_rollouts(values.total_steps)
            bar = stack.enter_context(tqdm(total=total, unit=" steps", desc=settings.environment_id))
        yield Reporter(lines, bar, screen)
