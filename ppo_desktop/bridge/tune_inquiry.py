"""What is asked of a study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.study.study_digest import StudyDigest, StudyDigester, StudyQuestion, load_evaluators
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import Trials

_SECONDS = 0.5


class TuneInquiry(Inquiry[StudyPlan, Trials, StudyQuestion, StudyDigest]):
    """Shows the objective over the two hyperparameters that are the most important, or were chosen.

    Args:
        trials: Returns all trials of the study shown, by number.
    """

    def __init__(self, trials: Callable[[], Trials]) -> None:
        super().__init__(
            StudyQuestion(), trials, lambda plan: StudyDigester(plan).digest, load_evaluators, _SECONDS
        )
        self._has_fixed_contour = False

    def begin(self, subject: StudyPlan) -> None:
        """Ask another study; its first two hyperparameters are shown until more is known."""
        super().begin(subject)
        self._has_fixed_contour = False
        first = subject.fields[:2]
        self.question = replace(self.question, contour=(first[0], first[1]) if len(first) == 2 else None)

    def forget(self) -> None:
        """Ask none."""
        super().forget()
        self.question = replace(self.question, contour=None)

    def choose_evaluator(self, name: str) -> None:
        """Choose another evaluator of importance."""
        self.ask(replace(self.question, evaluator=name))

    def choose_contour(self, horizontal: str, vertical: str) -> None:
        """Show the objective over two other hyperparameters."""
        self._has_fixed_contour = True
        self.ask(replace(self.question, contour=(horizontal, vertical)))

    def _show(self, digest: StudyDigest) -> None:
        super()._show(digest)
        self._follow_importances(digest)
        if not digest.is_settled:
            self.ask_again()

    def _follow_importances(self, digest: StudyDigest) -> None:
        """Show the two most important hyperparameters once that is known, unless others were chosen.

        Afterwards only the user chooses others: a figure that changes by itself cannot be read.
        """
        known = digest.importances
        if known is None or len(known.ranked) < 2 or self._has_fixed_contour:
            return
        self._has_fixed_contour = True
        contour = (known.ranked[0].field, known.ranked[1].field)
        if contour != self.question.contour:
            self.ask(replace(self.question, contour=contour))
