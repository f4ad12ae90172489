"""The Export button of a run that is shown: as it was where the play head stands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QToolButton, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.session import Session
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.naming import run_title
from ppo_desktop.exports.subject import ExportedRun, offered_run
from ppo_desktop.library import labels_of
from ppo_desktop.user_files import runs_folder
from ppo_desktop.views.controls import menu_button
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.run_exports import add_run_exports

NOT_KEPT = "Nothing of this run is kept yet."


def run_export_button(
    session: Callable[[], Session | None], name: str, notices: Notices, parent: QWidget
) -> QToolButton:
    """Return the button with its menu.

    Args:
        session: Returns the run; None where none is shown.
        name: How its name for tests begins: "train".
        notices: Say what has become of an export.
        parent: Above what dialogs stand.
    """

    def offers() -> tuple[Offer[ExportedRun], ...]:
        shown = session()
        return () if shown is None or not shown.kept_run else (offered_moment(shown),)

    exported = Exported("run", offers, lambda: "")
    menu = ExportMenu(f"{name}_export_menu", exported, notices, parent)
    add_run_exports(menu, offers, NOT_KEPT)
    return menu_button("Export ▾", f"{name}_export_button", "Export", "export_run", menu)


def offered_moment(session: Session) -> Offer[ExportedRun]:
    """Return the run that is kept of what is shown, at the moment shown."""
    run, update = session.kept_run, None if session.is_at_end else session.shown_update
    own_name = labels_of((session.folder or runs_folder()) / run).name
    return offered_run(run_title(own_name, session.run_settings, update), run, update, session.folder)
