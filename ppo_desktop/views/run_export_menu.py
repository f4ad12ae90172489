"""The Export menu of a run that is shown: as it was where the play head stands, and its samples."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QToolButton, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import SAMPLES_SHOWN
from ppo_desktop.exports.naming import run_title
from ppo_desktop.exports.samples import ExportedSamples
from ppo_desktop.exports.subject import ExportedRun, offered_run
from ppo_desktop.library import labels_of
from ppo_desktop.user_files import runs_folder
from ppo_desktop.views.controls import menu_button
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.run_exports import add_run_exports

NOT_KEPT = "Nothing of this run is kept yet."
NO_SAMPLES = "No minibatch is shown."


def run_export_button(session: Session, parent: QWidget) -> QToolButton:
    """Return Train's button with its menu; above `parent` stand its dialogs."""
    menu = run_export_menu(lambda: session, "train", session.notices, parent)
    return menu_button("Export ▾", "train_export_button", "Export", "export_run", menu)


def run_export_menu(
    session: Callable[[], Session | None], name: str, notices: Notices, parent: QWidget
) -> ExportMenu:
    """Return the menu of a run that is shown.

    Args:
        session: Returns the run; None where none is shown.
        name: How its name for tests begins: "train".
        notices: Say what has become of an export.
        parent: Above what dialogs stand.
    """

    def offers() -> tuple[Offer[ExportedRun], ...]:
        shown = session()
        return () if shown is None or not shown.kept_run else (_offered_moment(shown),)

    def samples() -> tuple[Offer[ExportedSamples], ...]:
        shown = session()
        return () if shown is None or shown.minibatch is None else (_offered_samples(shown),)

    menu = ExportMenu(f"{name}_export_menu", Exported("run", offers, lambda: ""), notices, parent)
    add_run_exports(menu, offers, NOT_KEPT, without=(SAMPLES_SHOWN.id,))
    menu.add_formats((SAMPLES_SHOWN,), samples, NO_SAMPLES)
    return menu


def _offered_moment(session: Session) -> Offer[ExportedRun]:
    """Return the run that is kept of what is shown, at the moment shown; one that learns as it is now."""
    run, update = session.kept_run, session.shown_update
    if session.kept_until is not None:
        update = min(update, session.kept_until)
    is_whole = session.is_at_end and session.state is not RunState.RUNNING
    own_name = labels_of((session.folder or runs_folder()) / run).name
    name = run_title(own_name, session.run_settings, None if is_whole else update)
    return offered_run(name, run, update, session.folder)


def _offered_samples(session: Session) -> Offer[ExportedSamples]:
    """Return the samples of the minibatch that is shown."""
    assert session.minibatch is not None
    settings = session.run_settings
    update = session.shown_update + session.is_within_update
    shown = ExportedSamples(session.minibatch.samples, settings.algorithm)
    return Offer(run_title("", settings, update), lambda: shown)
