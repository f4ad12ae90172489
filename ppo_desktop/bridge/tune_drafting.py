"""What is set up on the Tune page: every choice on its own, and the study they make."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from ppo_desktop.bridge.session import Session
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.plan import Objective, Strategy, StudyPlan


class TuneDrafting(QObject):
    """The study that the next start would begin, or go on with.

    Algorithm and all values that are not searched are those of Train, as long as no study is shown. While
    a study is shown, its plan is; then only the strategy, the number of trials and how many of them go on
    at once can be chosen, and `is_locked` says so.

    Attributes:
        name: What the study will be called.
        environment_id: Its environment.
        ticked: Names of the hyperparameters that are searched, in the order of the panel.
        objective: What is maximised.
        total_steps: Steps of each run.
        n_seeds: Runs of each trial.
        strategy: Sampler, pruner and the sampler's seed.
        n_trials: Trials of the next go; None for until stopped.
        trials_at_once: How many trials go on at a time.
        is_locked: Whether a study is shown, whose plan cannot change.
        plan: The plan it makes, None if it makes none.
        complaint: Why it makes none; else empty.
    """

    changed = Signal()

    name: str
    environment_id: str
    ticked: tuple[str, ...]
    objective: Objective
    total_steps: int
    n_seeds: int
    strategy: Strategy
    n_trials: int | None
    trials_at_once: int
    is_locked: bool
    plan: StudyPlan | None
    complaint: str

    def __init__(self, session: Session) -> None:
        super().__init__()
        raise NotImplementedError

    def dimension(self, field: str) -> Dimension:
        """Return the range or choices a hyperparameter has, or would have if it were ticked."""
        raise NotImplementedError

    def set_name(self, name: str) -> None: ...
    def choose_environment(self, environment_id: str) -> None: ...
    def tick(self, field: str, is_searched: bool) -> None: ...
    def set_range(self, field: str, low: float, high: float) -> None: ...
    def set_points(self, field: str, points: int) -> None: ...
    def choose_objective(self, objective: Objective) -> None: ...
    def set_total_steps(self, total_steps: int) -> None: ...
    def set_seeds(self, n_seeds: int) -> None: ...
    def choose_sampler(self, name: str) -> None: ...
    def choose_pruner(self, name: str) -> None: ...
    def set_trials(self, n_trials: int | None) -> None: ...
    def set_trials_at_once(self, n: int) -> None: ...
