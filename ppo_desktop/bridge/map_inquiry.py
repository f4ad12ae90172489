"""What is asked of a map: one question or two side by side, both of the same moment of training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.study.map_digest import MapDigest, MapDigester, MapQuestion, Statistic
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import Trials

_SECONDS = 0.5


class MapInquiry(Inquiry[StudyPlan, Trials, tuple[MapQuestion, ...], tuple[MapDigest, ...]]):
    """Answers for both maps at once, so that both are of the same trials.

    Args:
        trials: Returns all trials of the map shown, by number.
    """

    def __init__(self, trials: Callable[[], Trials]) -> None:
        super().__init__((MapQuestion(),), trials, _answering, lambda: None, _SECONDS)

    @property
    def n_bins(self) -> int:
        """How much of training is shown, in hundredths."""
        return self.question[0].n_bins

    def choose(self, place: int, **parts: Any) -> None:
        """Ask something else of the first (0) or the second map (1).

        Of a result that has no worst seed the mean is asked for in its place.
        """
        maps = list(self.question)
        result = parts.get("result", maps[place].result)
        if maps[place].statistic not in MapQuestion(result).statistics:
            parts = {"statistic": Statistic.MEAN, **parts}
        maps[place] = replace(maps[place], **parts)
        self.ask(tuple(maps))

    def show_second(self, question: MapQuestion | None) -> None:
        """Show another map beside the first, or none."""
        self.ask((self.question[0], *([] if question is None else [replace(question, n_bins=self.n_bins)])))

    def show_moment(self, n_bins: int) -> None:
        """Show the map as it was after so many hundredths of training."""
        n_bins = min(max(1, n_bins), N_BINS)
        if n_bins != self.n_bins:
            self.ask(tuple(replace(each, n_bins=n_bins) for each in self.question))


def _answering(plan: StudyPlan) -> Callable[[Trials, tuple[MapQuestion, ...]], tuple[MapDigest, ...]]:
    """Return what answers both questions about a map."""
    digester = MapDigester(plan)
    return lambda trials, questions: tuple(digester.digest(trials, question) for question in questions)
