"""The menu of what can be taken out of a study: its trials as a table, and each of its figures."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ppo_desktop import __version__
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described
from ppo_desktop.study.samplers import NO_PRUNER, pruners, samplers
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trial_csv import trials_csv
from ppo_desktop.views.export_menu import ExportMenu, write_csv, write_png, write_svg
from ppo_desktop.views.figure import Exportable, Figure
from ppo_desktop.views.tune.check_card import CheckCard
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.wording import seeds_words


class StudyExportMenu(ExportMenu):
    """All trials as CSV; a menu for each figure.

    Args:
        tune: What is shown.
        figures: {title: the card that is exported under it}.
        parent: Above what the dialogs stand.
    """

    def __init__(
        self,
        tune: TuneSession,
        figures: Mapping[str, Exportable],
        parent: QWidget,
    ) -> None:
        super().__init__(tune.notices, "study", parent)
        self._tune = tune
        self.setToolTipsVisible(True)
        self.setObjectName("tune_export_menu")
        self.add_file("Trials as CSV", ".csv", self.write_trials, self)
        self.addSeparator()
        self._figure_menus = []
        for title, card in figures.items():
            menu = self.addMenu(title)
            figure = partial(self.figure, title, card)
            name = f" {title.lower()}"
            self.add_file("PNG", f"{name}.png", partial(write_png, figure), menu)
            self.add_file("SVG", f"{name}.svg", partial(write_svg, figure), menu)
            self.add_copy("Copy", figure, menu)
            self._figure_menus.append((menu, card))
        self.aboutToShow.connect(self._enable_what_there_is)

    @property
    def has_results(self) -> bool:
        """Whether any trial has begun."""
        digest = self._tune.digest
        return digest is not None and bool(digest.trials)

    @property
    def subject(self) -> object:
        """Where the study is."""
        return self._tune.place

    @property
    def heading(self) -> str:
        """The study's name."""
        return "" if self._tune.place is None else self._tune.place.name

    def write_trials(self, path: Path) -> None:
        """Write a row for each trial."""
        digest = self._tune.digest
        assert digest is not None
        write_csv(path, trials_csv(digest.plan, digest.trials))

    def figure(self, title: str, card: Exportable) -> Figure:
        """Return a figure as it is shown, with a line that says what was searched."""
        digest = self._tune.digest
        assert digest is not None
        shown = card.figure_title if isinstance(card, ContourCard) else title.lower()
        return card.exported(f"{self.heading}: {shown}", caption(digest, self._tune.strategy))

    def _enable_what_there_is(self) -> None:
        for menu, card in self._figure_menus:
            is_unchecked = isinstance(card, CheckCard) and self._tune.checking.result is None
            menu.setEnabled(self.has_results and not is_unchecked)
            menu.menuAction().setToolTip("The best has not been checked yet." if is_unchecked else "")


def caption(digest: StudyDigest, strategy: Strategy, day: datetime.date | None = None) -> str:
    """Return environment, algorithm, what is not searched, sampler, pruner, trials and all else there is.

    Args:
        digest: What the figure shows.
        strategy: The sampler and the pruner of the latest trials.
        day: When; today if it is not given.
    """
    plan = digest.plan
    finished = sum(trial.state.is_done for trial in digest.trials)
    parts = [
        plan.environment_id,
        plan.algorithm.label,
        f"all else: {described(plan.environment_id, plan.base, {*plan.fields, *BUDGET_FIELDS})}",
        *_strategy_words(strategy),
        counted(finished, "trial"),
        f"{plan.objective.label.lower()}, {grouped(plan.total_steps)} steps, {seeds_words(plan.n_seeds)}",
        (day or datetime.date.today()).isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)


def _strategy_words(strategy: Strategy) -> list[str]:
    """Return the sampler, and the pruner if there is one: "TPE, median pruner"."""
    names = [choice.label for choice in [samplers().get(strategy.sampler)] if choice is not None]
    pruner = pruners().get(strategy.pruner)
    if pruner is not None and strategy.pruner != NO_PRUNER:
        names.append(f"{pruner.label.lower()} pruner")
    return [", ".join(names)] if names else []
