"""The card with the table of kept runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QMenu, QVBoxLayout

from ppo_desktop.bridge.library_items import Kind, RunItem
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import Card, laid_out, named
from ppo_desktop.views.kit.table import Column, Table, TablePlace
from ppo_desktop.views.runs.file_columns import file_columns, files_csv
from ppo_desktop.views.runs.group_columns import group_columns, groups_csv
from ppo_desktop.views.runs.run_columns import ALWAYS_SHOWN, DISPENSABLE, STAR_COLUMN, run_columns, runs_csv
from ppo_desktop.views.runs.runs_chart import run_colour
from ppo_desktop.views.runs.thumbnail import thumbnail
from ppo_desktop.views.theme import Theme

_RUNS = (Kind.RUN, None)
"""What is shown, and by what it is grouped: runs one by one."""
_MARGINS = 15
"""Above and below the table, pixels."""
_FRAME = 8
"""Of the table and around it, likewise."""
_LEAST_LINES = 8
"""Of text: room for the note in the place of the table."""
_FAINT = 0.4
"""Opacity of the curves of rows that are not pointed at, while one is."""
_EMPTY = {
    Kind.RUN: "Nothing is kept yet. Every run in Train is kept by itself from its first update, and gets a "
    "row here: nobody has to save it.",
    Kind.COMPARISON: "No comparison is kept yet. Each that is made on the Compare page is, from its first "
    "finished run.",
    Kind.STUDY: "No study is kept yet. Each that is made on the Tune page is, from its start.",
}
_NOTHING_TO_GROUP = (
    "None of these runs can be grouped: branches change on their way, others have no episode yet."
)
_NOTHING_FOUND = "Nothing has all of these words in its name, note, environment or settings."


class RunsTableCard(Card):
    """Shows the runs, or why there are none; pointing at a row points at the run everywhere.

    Args:
        library: The runs.
        theme: Colours and fonts.
        arrangement: How the columns of runs were arranged last.

    Attributes:
        table: Their table.
        columns_menu: Says which columns are shown, of runs one by one.
        height_needed: Pixels in which all rows can be seen.
    """

    height_needed_changed = Signal()
    """All rows can be seen in more, or in fewer, pixels than before."""
    menu_asked = Signal(QPoint)
    """What can be done with the selected runs is asked for, at a place on the screen."""

    def __init__(self, library: LibrarySession, theme: Theme, arrangement: str) -> None:
        super().__init__("runs_table")
        self._library, self._theme = library, theme
        self._arrangement = arrangement
        self._what: tuple[Kind, str | None] | None = None
        self._columns: Sequence[Column] = ()
        self._pictures: dict[tuple[RunItem, int, float], QPixmap] = {}
        self.height_needed = 0
        self.columns_menu = QMenu(self)
        self.columns_menu.setObjectName("runs_columns_menu")
        self.columns_menu.setToolTipsVisible(True)
        self.columns_menu.aboutToShow.connect(self._fill_columns_menu)
        self.table = named(
            Table(theme, self._csv, selects_several=True), "runs_table", "Kept runs", "runs_table"
        )
        self.table.setToolTip("")  # it would cover the rows
        self.place = TablePlace(self.table, "", "copy_runs_button")
        laid_out(QVBoxLayout(self), self.place, margins=(10, 7, 10, _MARGINS - 7))
        redraw = Redraw(self, self._show)
        library.changed.connect(redraw.request)
        library.selection_changed.connect(self.table.repaint_all)  # the small pictures are of other colours
        library.highlight_changed.connect(lambda: self.table.set_highlighted(library.highlighted))
        self.table.selection_changed.connect(self._select)
        self.table.pointed.connect(library.highlight)
        self.table.opened.connect(self._open)
        self.table.clicked.connect(self._click)
        self.table.menu_asked.connect(lambda _number, place: self.menu_asked.emit(place))

    def _show(self) -> None:
        library = self._library
        is_grouped = library.group_by is not None
        self.place.show_whether_there_is_any(bool(library.groups if is_grouped else library.shown))
        self.place.set_note(self._note())
        if is_grouped:
            self._show_groups()
        elif library.kind is Kind.RUN:
            self._show_runs()
        else:
            self._show_files()
        needed = (
            _MARGINS + _FRAME + max(self.table.height_needed, _LEAST_LINES * self.fontMetrics().lineSpacing())
        )
        if needed != self.height_needed:
            self.height_needed = needed
            self.height_needed_changed.emit()

    def _show_columns(self, columns: Sequence[Column], keys: Sequence[int], bold: int | None = None) -> None:
        """Show columns; those of runs are arranged as they were last, others are not."""
        what, self._columns = (self._library.kind, self._library.group_by), columns
        is_other, are_runs = what != self._what, what == _RUNS
        if is_other:
            self._arrangement, self._what = self.arrangement, what
            self.table.arrange("")
        self.table.show_columns(columns, keys, bold=bold)
        if is_other and are_runs:
            self.table.arrange(self._arrangement)

    def show_less(self, on: bool) -> None:
        """Do without the columns for which there is no room, or scroll to them."""
        self.table.leave_out(DISPENSABLE if on else ())

    @property
    def arrangement(self) -> str:
        """How the columns of runs are arranged, also while those of something else are shown."""
        return self.table.arrangement if self._what == _RUNS else self._arrangement

    def _show_or_hide(self, name: str, shown: bool) -> None:
        hidden = self.table.hidden_columns
        self.table.hide_columns(hidden - {name} if shown else hidden | {name})

    def _fill_columns_menu(self) -> None:
        """Offer all columns but those without which no run could be told from another."""
        self.columns_menu.clear()
        for column in self._columns:
            if column.name not in ALWAYS_SHOWN:
                action = self.columns_menu.addAction(column.header)
                action.setToolTip(column.meaning)
                action.setCheckable(True)
                action.setChecked(column.name not in self.table.hidden_columns)
                action.toggled.connect(partial(self._show_or_hide, column.name))

    def _note(self) -> str:
        """Return why there is no row; nothing while the disk is looked at."""
        if self._library.items is None:
            return ""
        if not self._library.items:
            return _EMPTY[self._library.kind]
        return _NOTHING_TO_GROUP if self._library.shown else _NOTHING_FOUND

    def _show_runs(self) -> None:
        library = self._library
        items = [library.run(number) for number in library.shown]
        names = {item.id: item.full_name for item in map(library.run, library.items or ())}
        depths = [library.depths[number] for number in library.shown]
        self._pictures.clear()
        columns = run_columns(items, depths, names, partial(self._picture, items))
        self._show_columns(columns, library.shown, bold=library.number_of(library.session.kept_run))
        self.table.select(library.selected)

    def _show_files(self) -> None:
        library = self._library
        self._show_columns(file_columns([library.file(number) for number in library.shown]), library.shown)
        self.table.select(library.selected)

    def _show_groups(self) -> None:
        library = self._library
        assert library.group_by is not None
        columns = group_columns(library.groups, library.group_by)
        self._show_columns(columns, range(len(library.groups)))
        self.table.select(library.selected_groups)

    def _select(self) -> None:
        choose = self._library.select if self._library.group_by is None else self._library.select_groups
        choose(self.table.selected_keys())

    def _open(self, key: int) -> None:
        if self._library.group_by is None:
            self._library.open(key)

    def _picture(self, items: Sequence[RunItem], place: int, is_faint: bool) -> QPixmap:
        item = items[place]
        colour = run_colour(self._library, self._theme, self._library.number_of(item.id))
        colour.setAlphaF(_FAINT if is_faint else 1.0)
        key = item, colour.rgba(), self.devicePixelRatioF()
        if key not in self._pictures:
            self._pictures[key] = thumbnail(item.entry.summary, colour, self.devicePixelRatioF())
        return self._pictures[key]

    def _click(self, index: QModelIndex) -> None:
        if self._columns[index.column()].name == STAR_COLUMN:
            self._library.star(self.table.key_at(index))

    def _csv(self, order: Sequence[int]) -> str:
        library = self._library
        if library.group_by is not None:
            return groups_csv([library.groups[place] for place in order], library.group_by)
        if library.kind is not Kind.RUN:
            return files_csv([library.file(library.shown[place]) for place in order])
        return runs_csv([library.run(library.shown[place]) for place in order])
