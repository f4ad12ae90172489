"""What can be taken out of a study: its trials as a table, and each of its figures."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial

from PySide6.QtWidgets import QWidget

from ppo_desktop import __version__
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import STUDY_FORMATS
from ppo_desktop.exports.studies import ExportedStudy
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described
from ppo_desktop.study.place import Place
from ppo_desktop.study.samplers import NO_PRUNER, pruners, samplers
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.study.trial_csv import trials_csv
from ppo_desktop.views.figure import Exportable, Figure
from ppo_desktop.views.kit.export_menu import NOTHING_YET, Exported, ExportMenu
from ppo_desktop.views.tune.check_card import CheckCard
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.importance_card import ImportanceCard
from ppo_desktop.views.tune.wording import seeds_words


def study_export_menu(tune: TuneSession, figures: Mapping[str, Exportable], parent: QWidget) -> ExportMenu:
    """Return the menu.

    Args:
        tune: What is shown.
        figures: {title: the card that is exported under it}.
        parent: Above what dialogs stand.
    """

    def subject() -> Place | None:
        return tune.place if tune.digest is not None and tune.digest.trials else None

    def trials() -> str:
        assert tune.digest is not None
        return trials_csv(tune.digest.plan, tune.digest.trials)

    def offers() -> list[Offer[ExportedStudy]]:
        digest = tune.digest
        if subject() is None or digest is None:
            return []
        taken_out = ExportedStudy(_name(tune), digest.plan, digest.trials)
        return [Offer(_name(tune), lambda: taken_out)]

    def why_not(card: Exportable) -> str:
        if isinstance(card, CheckCard) and tune.checking.result is None:
            return "The best has not been checked yet."
        if isinstance(card, ImportanceCard) and not card.bars.ranked:
            return card.bars.empty
        return ""

    menu = ExportMenu(
        "tune_export_menu", Exported("study", subject, partial(_name, tune)), tune.notices, parent
    )
    menu.add_table("Trials", trials)
    menu.add_formats(STUDY_FORMATS, offers, NOTHING_YET)
    menu.addSeparator()
    for title, card in figures.items():
        menu.add_figure(partial(study_figure, tune, title, card), title, partial(why_not, card))
    return menu


def study_figure(tune: TuneSession, title: str, card: Exportable) -> Figure:
    """Return a figure of what is shown, with a line that says what was searched."""
    assert tune.digest is not None
    shown = card.figure_title if isinstance(card, ContourCard) else title.lower()
    return card.exported(f"{_name(tune)}: {shown}", caption(tune.digest, tune.strategy))


def _name(tune: TuneSession) -> str:
    return "" if tune.place is None else tune.place.name


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
