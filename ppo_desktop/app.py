"""Starts the window: the only place that builds and connects everything."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.garbage import GarbageCollector
from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.bridge.worker import Reopening
from ppo_desktop.complaints import explain_missing_window, what_is_missing
from ppo_desktop.ending import OUR_FAILURE
from ppo_desktop.library import MOST_BYTES
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.messages import one_line, what_went_wrong
from ppo_desktop.ppo.presets import preset_with_id, presets_for
from ppo_desktop.ppo.settings import FIRST_SEED, RunSettings
from ppo_desktop.preferences import Preferences, load_preferences, save_preferences
from ppo_desktop.resource_files import installation_folder, resource_path
from ppo_desktop.runs.processors import put_window_first
from ppo_desktop.schema import NOT_UNDERSTOOD, Unknown, UnusableFile, hyperparameters_from_json
from ppo_desktop.user_files import (
    APPLICATION,
    answers_file,
    comparisons_folder,
    log_file,
    runs_folder,
    settings_file,
    studies_folder,
    what_will_not_be_kept,
    why_not_writable,
)
from ppo_desktop.views.main_window import MainWindow
from ppo_desktop.views.theme import Appearance, Theme

logger = logging.getLogger(__name__)


def main(line: str = "", policy: str = "") -> int:
    """Open the window and return the exit status when it is closed.

    Args:
        line: A state that was passed on, to be shown; empty for what was shown last.
        policy: The file of a policy that is opened beside it; empty for none.
    """
    # A Python thread that computes without pause hands over the interpreter after 1 ms instead of 5.
    sys.setswitchinterval(0.001)
    qInstallMessageHandler(_log_qt_message)
    _be_no_window_of_pythons()
    application = QApplication([APPLICATION])  # the name by which desktops find the menu entry of a window
    if not QFontInfo(application.font()).family():
        explain_missing_window(
            "No font is installed, so that no text could be read: install one, such as DejaVu "
            "(on Debian: sudo apt-get install fonts-dejavu-core), and start again."
        )
        return OUR_FAILURE
    _let_signals_end(application)
    window = create_window()
    _report_exceptions_to(window.session)
    window.show()
    if line:
        QTimer.singleShot(0, partial(window.sharing.open, line))
    if policy:
        QTimer.singleShot(0, partial(window.policy.open, Path(policy)))
    status = application.exec()
    qInstallMessageHandler(None)  # On Windows Qt has things to say until the very end, when Python is gone.
    return status


def _be_no_window_of_pythons() -> None:
    """Have an entry of our own in Windows' task bar, beside other programs that Python runs.

    What an installer has put here is a program of its own, with the entry that its link in the menu has.
    """
    if sys.platform == "win32" and installation_folder() is None:
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("PPODesktop.PPODesktop")


def create_window() -> MainWindow:
    """Build the window and all that is behind it, given a QApplication; closing it stops everything."""
    application = QApplication.instance()
    assert isinstance(application, QApplication), "create a QApplication first"
    application.setApplicationName("PPO Desktop")
    application.setDesktopFileName("ppo-desktop")
    application.setStyle("Fusion")
    put_window_first()
    preferences, complaint = load_preferences(settings_file())
    theme = Theme(application)
    theme.set_appearance(_appearance(preferences))
    session = Session(_first_settings(preferences), _first_kept(preferences))
    session.set_most_bytes(_most_bytes(preferences))
    comparisons = ComparisonSession(session, comparisons_folder())
    tune = TuneSession(session, studies_folder())
    maps = MapSession(session, studies_folder())
    library = LibrarySession(session, comparisons, tune, maps, runs_folder())
    lessons = LessonSession(session, answers_file())
    with theme.style_sheet_put_on_last():
        window = MainWindow(
            session,
            comparisons,
            tune,
            maps,
            library,
            lessons,
            theme,
            preferences,
            icon=resource_path("icons/ppo-desktop.svg"),
            log_file=log_file(),
            save=partial(save_preferences, settings_file()),
        )
    session.setParent(window)
    comparisons.setParent(window)
    tune.setParent(window)
    maps.setParent(window)
    library.setParent(window)
    lessons.setParent(window)
    collector = GarbageCollector(window)
    collector.spare_what_is_loaded()
    # By then more is loaded: another page, and the libraries of studies when the first is open.
    for moment in (
        session.minibatch_changed,
        comparisons.state_changed,
        tune.state_changed,
        tune.study_changed,
        maps.study_changed,
        lessons.lesson_changed,
    ):
        moment.connect(collector.spare_what_is_loaded, Qt.ConnectionType.SingleShotConnection)
    session.can_keep = not why_not_writable(runs_folder())
    if complaint := what_will_not_be_kept() or complaint:
        session.announcements.say(complaint, is_warning=True)
    return window


def _appearance(preferences: Preferences) -> Appearance:
    try:
        return Appearance(preferences.appearance)
    except ValueError:
        return Appearance.SYSTEM


def _most_bytes(preferences: Preferences) -> int:
    """Return how much room kept runs may take."""
    try:
        most_bytes = round(1e9 * float(preferences.most_gigabytes))
    except (ValueError, OverflowError):
        return MOST_BYTES
    return most_bytes if most_bytes > 0 else MOST_BYTES


def _first_settings(preferences: Preferences) -> RunSettings:
    """Return the settings last used, as far as they are still known."""
    environment_id = preferences.environment_id
    if environment_id not in KNOWN_ENVIRONMENTS:
        environment_id = next(iter(KNOWN_ENVIRONMENTS))
    preset = preset_with_id(environment_id, preferences.preset) or presets_for(environment_id)[0]
    algorithm = Algorithm.A2C if preferences.algorithm == Algorithm.A2C.value else Algorithm.PPO
    settings = RunSettings(environment_id, algorithm, preset.hyperparameters, FIRST_SEED)
    if environment_id != preferences.environment_id or not preferences.hyperparameters:
        return settings
    try:
        values = hyperparameters_from_json(json.loads(preferences.hyperparameters), Unknown())
        return replace(settings, hyperparameters=values, seed=int(preferences.seed or FIRST_SEED))
    except (InvalidHyperparameter, UnusableFile, *NOT_UNDERSTOOD) as error:
        logger.warning("The values last set cannot be used: %s", error)
        return settings


def _first_kept(preferences: Preferences) -> Reopening | None:
    """Return the moment of a kept run that was last shown, if one was."""
    update = preferences.update
    is_number = update.isascii() and update.isdecimal()
    return Reopening(preferences.run, int(update) if is_number else None) if preferences.run else None


def _let_signals_end(application: QApplication) -> None:
    """Let Ctrl+C in the terminal, or a polite kill, close the window as its button does, without a question.

    Python notices a signal only while it runs Python, so it is woken once a second.
    """

    def end(*_: object) -> None:
        for window in application.topLevelWidgets():
            if isinstance(window, MainWindow):
                window.may_ask = False
        application.quit()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    wake_up = QTimer(application)
    wake_up.timeout.connect(wake_up.objectName)
    wake_up.start(1000)


def _report_exceptions_to(session: Session) -> None:
    """Log exceptions that are not caught and show the user one line, instead of a traceback."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logger.critical("Unexpected error", exc_info=(kind, error, trace))
        if threading.current_thread() is threading.main_thread():
            session.announcements.say(
                f"Something went wrong: {what_went_wrong(error)}. The log file in the menu tells more.",
                is_warning=True,
            )

    sys.excepthook = report


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Log what Qt says; where it would abort, say why in one line and end."""
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }
    logging.getLogger("qt").log(levels.get(kind, logging.ERROR), "%s", message)
    if kind is QtMsgType.QtFatalMsg:
        why = _why_no_window(os.environ) if "platform plugin" in message else one_line(message)
        explain_missing_window(why)
        os._exit(OUR_FAILURE)


def _why_no_window(variables: Mapping[str, str]) -> str:
    """Return why Qt finds no screen under these environment variables, and what to do."""
    if missing := what_is_missing(variables):
        return missing
    platform, display = variables.get("QT_QPA_PLATFORM"), variables.get("DISPLAY")
    if platform:
        found = f"QT_QPA_PLATFORM is {platform}, with which Qt can show nothing here. Unset it"
    elif display:
        found = f"no screen answers at DISPLAY={display}. Start it on a desktop"
    else:
        found = "there is no screen (DISPLAY is not set). Start it on a desktop"
    return f"No window can be opened: {found}; “ppo-desktop train” and the other commands need no screen."
