"""The Runs page: all that was learnt in a table, and the curves of what is selected of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu

from ppo_desktop.bridge.library_items import Kind, RunItem
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.controls import refresh_at
from ppo_desktop.views.kit.footer import Footer, StatusLabel
from ppo_desktop.views.kit.overflow import OverflowArea, StackedSplitter
from ppo_desktop.views.kit.page import Page, PagePart
from ppo_desktop.views.runs.runs_bar import RunsBar
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.views.runs.runs_chart import RunsCurvesCard
    from ppo_desktop.views.runs.runs_table import RunsTableCard

_NO_LIMIT = 16_777_215
"""Pixels: Qt's own greatest height of a widget."""
_SHARE_OF_TABLE = 0.5
"""Part of the height that a table with many rows has, unless the user moves what is between."""


class RunsPage(Page):
    """The disk is looked at while it is seen, and not otherwise.

    Args:
        library: What it shows.
        theme: Fonts and colours.
        questions: {what can be asked of a single run, as the menu says it: asks it}.
    """

    def __init__(
        self, library: LibrarySession, theme: Theme, questions: Mapping[str, Callable[[RunItem], object]]
    ) -> None:
        self._bar = RunsBar(library)
        super().__init__("runs", "Runs", self._bar, "runs_page", library.notices)
        self._library, self._theme = library, theme
        self._questions = questions
        self._arrangement = ""
        self._table: RunsTableCard | None = None
        library.changed.connect(self.hint_changed)
        self.add_shortcut("Ctrl+F", "Find runs", self._bar.line.setFocus)
        for action, keys in (
            (library.undo_stack.createUndoAction(self, "Undo"), QKeySequence.StandardKey.Undo),
            (library.undo_stack.createRedoAction(self, "Redo"), QKeySequence.StandardKey.Redo),
        ):
            action.setShortcuts(keys)
            self.addAction(action)

    @property
    def hint(self) -> str:
        """How runs come here, or what one can do with them."""
        if self._library.kind is not Kind.RUN:
            return "A double click opens it in its page. Delete can be undone while the window is open."
        if not self._library.items:
            return "Train something: every run is kept by itself, and stands here."
        if self._library.group_by is not None:
            return "Branches, and runs whose values were changed on the way, are in no group."
        bold = "; the bold one is there now" if self._library.session.kept_run else ""
        return f"A double click opens a run in Train{bold}. Select several to see their curves."

    @property
    def arrangement(self) -> str:
        """How the columns of runs are arranged."""
        return self._arrangement if self._table is None else self._table.arrangement

    def arrange(self, arrangement: str) -> None:
        """Arrange them as they were last; to be said before the page is shown."""
        self._arrangement = arrangement

    def fill(self) -> None:
        """Make the panels."""
        from ppo_desktop.views.runs.runs_chart import RunsCurvesCard
        from ppo_desktop.views.runs.runs_strip import RunsStrip
        from ppo_desktop.views.runs.runs_table import RunsTableCard

        library, theme = self._library, self._theme
        self._table = table = RunsTableCard(library, theme, self._arrangement)
        curves = RunsCurvesCard(library, theme)
        strip = RunsStrip(library, table.columns_menu, curves)
        self._actions = strip.actions_for_selected
        self.export_button = strip.export
        self.addActions(self._actions)
        table.menu_asked.connect(self.show_menu)
        self.add_shortcut("Ctrl+A", "Select everything in the table", table.table.selectAll)
        self.set_parts(PagePart("Table", lambda: (table,)), PagePart("Curves", lambda: (curves,)))
        count = StatusLabel(
            "runs_count",
            "Number of runs",
            "runs_table",
            self._count,
            "1 000 of 1 000 runs in groups",
            is_bold=True,
        )
        body = _TableAndCurves(table, curves)
        refresh_at(lambda: body.show_curves(library.kind is Kind.RUN), library.changed)
        self.card_focus.changed.connect(body.share)
        self.card_focus.changed.connect(lambda: table.show_less(bool(self.card_focus.few)))
        self.lay_out(strip, OverflowArea(body), Footer((count,), (), library.changed))

    def show_menu(self, place: QPoint) -> None:
        """Offer what can be done with the selected runs, at a place on the screen."""
        menu = QMenu(self)
        menu.setObjectName("run_menu")
        menu.addAction(self._bar.open_text, self._bar.open).setEnabled(self._bar.can_open)
        runs = [item for item in self._library.selected_items if isinstance(item, RunItem)]
        for text, ask in self._questions.items():
            menu.addAction(text, partial(ask, *runs)).setEnabled(len(runs) == 1)
        menu.addSeparator()
        menu.addActions(self._actions)
        if self.export_button is not None and self._library.kind is Kind.RUN:
            menu.addSeparator()
            menu.addMenu(self.export_button.menu())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def close_down(self) -> None:
        """End the thread that looks at the disk."""
        self._library.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._library.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._library.highlight(None)
        self._library.set_visible(False)

    def _count(self) -> str:
        shown, items = len(self._library.shown), self._library.items
        if items is None:
            return "Looking …"
        n_all = self._library.kind.counted(len(items))
        if self._library.group_by is not None:
            shown = sum(len(group.items) for group in self._library.groups)
            return f"{grouped(shown)} of {n_all} in groups"
        return n_all if shown == len(items) else f"{grouped(shown)} of {n_all}"


class _TableAndCurves(StackedSplitter):
    """The table is no higher than its rows are together; the curves have the rest."""

    def __init__(self, table: RunsTableCard, curves: RunsCurvesCard) -> None:
        super().__init__({table: 1, curves: 1})
        self._table, self._curves = table, curves
        self._is_moved = False
        self.splitterMoved.connect(self._note_move)
        table.height_needed_changed.connect(self.share)

    def show_curves(self, are_shown: bool) -> None:
        """Show the curves, or the table alone."""
        self._curves.setVisible(are_shown)
        self.share()

    def _note_move(self) -> None:
        self._is_moved = True

    def share(self) -> None:
        """Give each its height, the table all of it where it is alone."""
        needed = max(self._table.height_needed, self._table.minimumSizeHint().height())
        self._table.setMaximumHeight(_NO_LIMIT if self._curves.isHidden() else needed)
        if not self._is_moved:
            height = min(needed, round(_SHARE_OF_TABLE * self.height()))
            self.setSizes([height, self.height() - height])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()
