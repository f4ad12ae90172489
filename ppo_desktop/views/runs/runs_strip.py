"""The line below the bar of the Runs page: what is selected, what is done with it, and what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget, QWidgetAction

from ppo_desktop.bridge.library_items import Item, Kind, RunItem
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.naming import moment_title
from ppo_desktop.exports.subject import ExportedRun, offered_run
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.controls import captioned, laid_out, menu_button, named, push_button, refresh_at
from ppo_desktop.views.figure import Exportable
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.fields import UpdateBox
from ppo_desktop.views.kit.inline_questions import InlineQuestions
from ppo_desktop.views.kit.run_exports import add_run_exports
from ppo_desktop.views.runs.run_columns import runs_csv

_ROW = (26, 2, 10, 2)
"""Margins of a row in a menu: its text begins where those of the others do."""


class _Deed:
    """What can be done with what is selected: by a button, by a key, and in menus.

    Args:
        name: Key of its explanation.
        text: What it is called.
        keys: Which do it, too.
        do: Does it.
    """

    def __init__(self, name: str, text: str, keys: str, do: Callable[[], object]) -> None:
        self.button = push_button(text, f"{name}_button", name, do)
        self.action = QAction(text, self.button)
        self.action.setShortcut(QKeySequence(keys))
        self.action.triggered.connect(do)

    def set_enabled(self, enabled: bool) -> None:
        """Let it be done, or not."""
        self.button.setEnabled(enabled)
        self.action.setEnabled(enabled)

    def set_text(self, text: str) -> None:
        """Call it something else."""
        self.button.setText(text)
        self.action.setText(text)


class RunsStrip(WrappingBar):
    """One line; a name or a note is asked for in the place of what is selected.

    Args:
        library: The runs.
        columns: The menu of the columns that are shown.
        curves: The card whose figure is exported.

    Attributes:
        export: The button of the menu of exports.
    """

    def __init__(self, library: LibrarySession, columns: QMenu, curves: Exportable) -> None:
        super().__init__()
        self._library = library
        names = "runs_selected_label", "What is selected", "runs_table"
        self._questions = InlineQuestions(*names, delete_explanation="delete_runs", prefix="runs_")
        self._compare = _Deed("compare_runs", "Compare", "C", library.compare_selected)
        self._star = _Deed("star_runs", "Star", "S", library.star_selected)
        self._rename = _Deed("rename_runs", "Rename…", "F2", self._ask_for_name)
        self._note = _Deed("note_runs", "Note…", "Shift+F2", self._ask_for_note)
        self._archive = _Deed("archive_runs", "Archive", "A", library.archive_selected)
        self._delete = _Deed("delete_runs", "Delete", "Del", library.delete_selected)
        self._columns = menu_button("Columns ▾", "runs_columns_button", "Columns", "runs_columns", columns)
        export = self._export_menu(curves)
        self.export = menu_button("Export ▾", "runs_export_button", "Export", "export_runs", export)
        self.setContentsMargins(12, 4, 12, 0)
        self.set_groups(
            (self._questions,), (*(deed.button for deed in self._deeds), self._columns, self.export)
        )
        refresh_at(self._show_state, library.changed, library.selection_changed)
        library.selection_changed.connect(self._questions.leave)

    @property
    def actions_for_selected(self) -> list[QAction]:
        """What can be done with what is selected, for menus."""
        return [deed.action for deed in self._deeds]

    @property
    def _deeds(self) -> tuple[_Deed, ...]:
        return self._compare, self._star, self._rename, self._note, self._archive, self._delete

    def _export_menu(self, curves: Exportable) -> QMenu:
        library = self._library
        exported = Exported("list of runs", lambda: tuple(library.shown) or None, lambda: "Runs")
        menu = ExportMenu("runs_export_menu", exported, library.notices, self)
        self._moment = MomentOfRun(library, menu)
        menu.addAction(self._moment)
        add_run_exports(menu, self._offers, "Select runs to export them.")
        menu.addSeparator()
        menu.add_table("Runs", lambda: runs_csv([library.run(number) for number in library.shown]))
        menu.addSeparator()
        nothing = "Select runs to see their curves."
        menu.add_figure(
            lambda: curves.exported("Selected runs", ""),
            "Curves",
            lambda: "" if library.selected else nothing,
        )
        return menu

    def _offers(self) -> list[Offer[ExportedRun]]:
        """Return the selected runs, each as it ended; of one alone the moment that is chosen."""
        items = [item for item in self._library.selected_items if isinstance(item, RunItem)]
        update = self._moment.chosen if len(items) == 1 else None
        return [_offered(item, update) for item in items]

    # ---- what is asked -------------------------------------------------------------------------------

    def _ask_for_name(self) -> None:
        present = self._present(lambda item: item.labels.name) or self._present(lambda item: item.full_name)

        def rename(name: str) -> None:
            if name != present:
                self._library.rename(name)

        if self._library.selected:
            self._questions.ask_for_name(present, "Name of the run", "rename_runs", rename)

    def _ask_for_note(self) -> None:
        present = self._present(lambda item: item.labels.note)
        if self._library.selected:
            self._questions.ask_for_name(present, "Note on the run", "note_runs", self._library.note)

    def _present(self, text: Callable[[RunItem], str]) -> str:
        """Return what is said of all selected runs; nothing where that differs."""
        said = {text(item) for item in self._library.selected_items if isinstance(item, RunItem)}
        return said.pop() if len(said) == 1 else ""

    # ---- what is selected ----------------------------------------------------------------------------

    def _show_state(self) -> None:
        library = self._library
        items, are_runs = library.selected_items, library.kind is Kind.RUN
        self._questions.say(self._selected_text(items), "")
        for deed in self._deeds:
            is_possible = are_runs or deed is self._delete
            deed.set_enabled(len(items) > (deed is self._compare) and is_possible)
            deed.button.setVisible(is_possible)
        self._columns.setVisible(are_runs and library.group_by is None)
        self.export.setVisible(are_runs)
        have_stars = bool(items) and all(item.labels.is_starred for item in items)
        self._star.set_text("Unstar" if have_stars else "Star")
        are_archived = bool(items) and all(item.labels.is_archived for item in items)
        self._archive.set_text("Unarchive" if are_archived else "Archive")

    def _selected_text(self, items: Sequence[Item]) -> str:
        """Return what is selected, in words."""
        if not items:
            return "Nothing is selected."
        runs = [item for item in items if isinstance(item, RunItem)]
        steps = f", {grouped(sum(run.entry.summary.steps for run in runs))} steps" if runs else ""
        if len(items) > 1:
            return f"{self._library.kind.counted(len(items))} selected{steps}"
        note = f": {items[0].labels.note}" if items[0].labels.note else ""
        return f"{runs[0].full_name if runs else items[0].name}{steps}{note}"


class MomentOfRun(QWidgetAction):
    """In a menu: after which update the selected run is meant; hidden unless it is one alone.

    Args:
        library: The runs.
        menu: In which it stands.
    """

    def __init__(self, library: LibrarySession, menu: QMenu) -> None:
        super().__init__(menu)
        self._library = library
        self._run, self._last = "", 0
        self._box = named(UpdateBox(lambda: self._last), "export_update", "After update", "export_moment")
        row = QWidget()
        laid_out(QHBoxLayout(row), *captioned("After update", self._box), 1, margins=_ROW)
        self.setDefaultWidget(row)
        menu.aboutToShow.connect(self._show_run)

    @property
    def chosen(self) -> int | None:
        """The update; None for the run's last."""
        return None if self._box.value() == self._last else self._box.value()

    def _show_run(self) -> None:
        items = [item for item in self._library.selected_items if isinstance(item, RunItem)]
        self.setVisible(len(items) == 1)
        self.defaultWidget().setVisible(len(items) == 1)  # QMenu leaves that of a hidden action where it was
        if len(items) != 1:
            return
        run, last = items[0].id, items[0].entry.summary.updates
        if (run, last) != (self._run, self._last):
            self._run, self._last = run, last
            self._box.show_value(last)


def _offered(item: RunItem, update: int | None) -> Offer[ExportedRun]:
    name = item.labels.name or f"{item.entry.summary.environment_id} {item.full_name}"
    offer = offered_run(moment_title(name, update), item.id, update)
    return replace(offer, marks=(f"seed {item.entry.summary.seed}", item.id))
