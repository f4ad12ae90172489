"""What can be taken out of a map: every seed of every cell as a table or as JSON, and the maps as figures."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from ppo_desktop import __version__
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import MAP_FORMATS
from ppo_desktop.exports.studies import ExportedStudy
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described
from ppo_desktop.study.map_digest import MapDigest
from ppo_desktop.study.place import Place
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.kit.export_menu import NOTHING_YET, Exported, ExportMenu
from ppo_desktop.views.maps.map_card import MapCard
from ppo_desktop.views.maps.wording import result_label


def map_export_menu(maps: MapSession, cards: Sequence[MapCard], parent: QWidget) -> ExportMenu:
    """Return the menu.

    Args:
        maps: What is shown.
        cards: The first and the second map.
        parent: Above what dialogs stand.
    """

    def subject() -> Place | None:
        return maps.place if any(trial.state.is_done for trial in maps.trials) else None

    def offers() -> list[Offer[ExportedStudy]]:
        if subject() is None or maps.plan is None:
            return []
        taken_out = ExportedStudy(_name(maps), maps.plan, maps.trials)
        return [Offer(_name(maps), lambda: taken_out)]

    menu = ExportMenu("map_export_menu", Exported("map", subject, partial(_name, maps)), maps.notices, parent)
    menu.add_formats(MAP_FORMATS, offers, NOTHING_YET)
    menu.addSeparator()
    for title, card in zip(("Map", "Second map"), cards, strict=True):
        menu.add_figure(partial(_figure, maps, card), title, partial(_why_not, card))
    return menu


def _figure(maps: MapSession, card: MapCard) -> Figure:
    assert card.digest is not None
    return card.exported(f"{_name(maps)}: {result_label(card.digest.question)}", caption(card.digest))


def _why_not(card: MapCard) -> str:
    return NOTHING_YET if card.digest is None else ""


def _name(maps: MapSession) -> str:
    return "" if maps.place is None else maps.place.name


def caption(digest: MapDigest, day: datetime.date | None = None) -> str:
    """Return environment, algorithm, what is on no axis, cells, seeds and steps.

    Args:
        digest: What the figure shows.
        day: When; today if it is not given.
    """
    plan = digest.plan
    parts = [
        plan.environment_id,
        plan.algorithm.label,
        f"all else: {described(plan.environment_id, plan.base, {*plan.fields, *BUDGET_FIELDS})}",
        f"{grouped(digest.n_measured)} of {counted(plan.combinations, 'cell')} measured",
        f"{counted(plan.n_seeds, 'seed')}, {grouped(plan.total_steps)} steps",
        (day or datetime.date.today()).isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)
