"""Below the environment: Watch, and what is watched; and how good it really is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from ppo_desktop.bridge.watching import Watching
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.controls import laid_out, menu_button, push_button, refresh_at, with_role
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.play_controls import ActingSegments, PlayedLines, Shown


class WatchStrip(QWidget):
    """Buttons to watch and to judge; while somebody watches, how it acts, ghosts, above what both reach."""

    judgement_asked = Signal()
    """For the moment shown."""

    def __init__(self, watching: Watching) -> None:
        super().__init__()
        self._watching = watching
        self._watch = push_button("Watch", "watch_button", "watch", watching.toggle, role="flat")
        self._watch.setCheckable(True)
        judge = push_button(
            "How good?",
            "judge_button",
            "judgement",
            self.judgement_asked.emit,
            accessible_name="How good is it really?",
            role="flat",
        )
        self._acting = ActingSegments(watching, "watch")
        self._menu = QMenu(self)
        self._menu.setObjectName("ghost_menu")
        self._menu.aboutToShow.connect(self._fill_menu)
        self._ghost = with_role(menu_button("Ghost ▾", "ghost_button", "Ghost", "ghost", self._menu), "flat")
        self._lines = PlayedLines(watching)
        bar = WrappingBar(gap=2)
        bar.set_groups((self._watch, judge), (self._acting, self._ghost))
        laid_out(QVBoxLayout(self), self._lines, bar, margins=(0, 0, 0, 0), spacing=0)
        refresh_at(self._show, watching.changed)

    def show_how(self, shown: Shown) -> None:
        """Say what can be done by hand on what is shown now."""
        self._lines.show_how(shown)

    @property
    def height_of_lines(self) -> int:
        """Height of what is said only while somebody watches, in pixels."""
        return self._lines.height_shown

    @Slot()
    def _show(self) -> None:
        is_on = self._watching.is_on
        self._watch.setChecked(is_on)
        for control in (self._acting, self._ghost):
            control.setVisible(is_on)

    def _fill_menu(self) -> None:
        watching, menu = self._watching, self._menu
        menu.clear()
        watched = watching.watched
        if watched is not None:
            menu.addAction(f"Keep this moment ({watched.name})", watching.keep_ghost)
        for name, update in watching.earlier_moments.items():
            menu.addAction(f"{name} (update {grouped(update)})", partial(watching.earlier_ghost, update))
        menu.addAction("The policy before learning", watching.untaught_ghost)
        menu.addAction("No ghost", watching.drop_ghost).setEnabled(watching.ghost is not None)
