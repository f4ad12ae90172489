"""The window: header, message, pages, menu; closing it ends everything it started."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QCursor, QIcon, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.freeze import Freeze
from ppo_desktop.bridge.job_session import JobSession
from ppo_desktop.bridge.judging_session import JudgingSession
from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.library_items import RunItem
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.bridge.luck_session import LuckSession
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.notices import Action
from ppo_desktop.bridge.policy_session import PolicySession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.jobs.fan import run_name
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.preferences import Preferences
from ppo_desktop.views.class_preparation import ClassPreparation
from ppo_desktop.views.compare.compare_page import ComparePage
from ppo_desktop.views.controls import add_shortcut, laid_out
from ppo_desktop.views.explanation_panel import ExplanationPanel, Subject
from ppo_desktop.views.file_dialog import ask_what_to_open, usual_folder
from ppo_desktop.views.film_choice import FilmChoice
from ppo_desktop.views.header import Header
from ppo_desktop.views.judging_window import JudgingWindow
from ppo_desktop.views.kit.job_window import JobWindow
from ppo_desktop.views.kit.lock import ControlLock
from ppo_desktop.views.kit.overflow import OverflowArea
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.lessons.lessons_page import LessonsPage
from ppo_desktop.views.luck_window import LuckWindow, luck_button
from ppo_desktop.views.main_menu import MainMenu
from ppo_desktop.views.maps.maps_page import MapsPage
from ppo_desktop.views.message_line import MessageLine
from ppo_desktop.views.policy_window import PolicyWindow
from ppo_desktop.views.runs.runs_page import RunsPage
from ppo_desktop.views.sharing import Sharing
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.train_page import TrainPage
from ppo_desktop.views.tune.tune_page import TunePage

_FIRST_SIZE = QSize(1600, 1000)
_FREEZE_KEY = "Z"
_REMEMBERED_AFTER = 2_000
"""Milliseconds after which it is remembered that a run has begun, rests or is shown at another moment."""


class MainWindow(QMainWindow):
    """Everything the user sees.

    The learner is prepared after the first paint, so that the window is there at once.

    Attributes:
        session: The run of the Train page.
        comparisons: The comparison of the Compare page.
        tune: The study of the Tune page.
        maps: The map of the Maps page.
        library: The runs of the Runs page.
        lessons: The lesson of the Lessons page.
        train_page: The first page.
        runs_page: The one of kept runs.
        pages: All of them, in the order of their tabs.
        page: The one that is shown.
        freeze: Lets everything stand still.
        class_preparation: Does once what would take time in front of a class.
        lock: Which controls are hidden.
        sharing: Passes on what Train shows, and takes in what others do.
        judging: How good policies really are, in a window of its own.
        luck: How a moment of a run is gone on from, likewise.
        policy: A policy from a file, likewise.
        may_ask: Whether closing it may ask first; False where nobody is there to answer.
    """

    def __init__(
        self,
        session: Session,
        comparisons: ComparisonSession,
        tune: TuneSession,
        maps: MapSession,
        library: LibrarySession,
        lessons: LessonSession,
        theme: Theme,
        preferences: Preferences,
        *,
        icon: Path,
        log_file: Path,
        save: Callable[[Preferences], None],
    ) -> None:
        super().__init__()
        self.session = session
        self.comparisons = comparisons
        self.tune = tune
        self.maps = maps
        self.judging = JudgingSession(session)
        self.luck = LuckSession(session)
        self.policy = PolicySession()
        self._beside: dict[JobSession, JobWindow] = {}
        self.freeze = Freeze()
        self.library = library
        self.lessons = lessons
        self._theme = theme
        self._film_choice = FilmChoice(self, preferences.film)
        self._save = save
        self._saving = threading.Lock()
        self._unsaved: Preferences | None = None
        self.may_ask = True
        self._is_painted = False
        self._geometry_before_projector = QByteArray()
        self._columns_before_projector: list[QByteArray] = []
        self._showing_less: set[Page] = set()
        self.setWindowTitle("PPO Desktop")
        self.setWindowIcon(QIcon(str(icon)))
        self.train_page = TrainPage(session, theme, luck_button(session, self.luck))
        questions = {"How good is it really?": self._judge_run, "Luck or fate?": self._ask_luck_of}
        self.runs_page = RunsPage(library, theme, questions)
        self.page: Page = self.train_page
        self.pages = self._make_pages()
        left_at = preferences.page
        self._first_page = next((page for page in self.pages if page.id == left_at), self.train_page)
        self._header = Header(self.pages)
        self._header.page_chosen.connect(self.show_page)
        self._message_line = MessageLine(session.announcements)
        self._message_line.part_chosen.connect(lambda number: self.page.show_part_number(number))
        self._message_line.focus_button.clicked.connect(self._toggle_focus)
        self._build()
        self._explanation = ExplanationPanel(self, Subject(self.page, self.page.explanation), theme)
        self.lock = ControlLock(self)
        self.lock.changed.connect(lambda: self._message_line.show_locked(len(self.lock.names)))
        self._message_line.unlock_button.clicked.connect(self.lock.unlock)
        self.sharing = Sharing(self, session, self, self.lock)
        self.class_preparation = ClassPreparation(
            self, self.pages, self.show_page, session.preparation, lessons
        )
        self._header.menu_button.setMenu(self._make_menu(log_file))
        self._make_shortcuts()
        self._restore(preferences)
        self._remember_soon = QTimer(self, singleShot=True, interval=_REMEMBERED_AFTER)
        self._remember_soon.timeout.connect(self._remember)
        session.state_changed.connect(self._remember_soon.start)
        session.update_shown.connect(self._remember_soon.start)
        session.settings_changed.connect(self._remember_soon.start)
        self._include_in_freeze()
        self.show_page(self.page)
        self.train_page.environment.strip.judgement_asked.connect(self.judging.start)
        self.judging.asked.connect(self._show_judging)
        self.luck.asked.connect(self._show_luck)
        self.policy.asked.connect(self._show_policy)
        library.opened.connect(self._show_page_of)
        for owner in (comparisons, tune, maps, self.luck, lessons):
            owner.opened_in_train.connect(self._show_train)
        maps.opened_in_compare.connect(self._set_up_comparison)

    def _include_in_freeze(self) -> None:
        """Let all that moves in the window stand still when it is frozen."""
        self.freeze.include_run(self.session)
        studies = (self.tune, self.tune.checking, self.maps, self.maps.checking)
        for job in (self.comparisons, *studies, self.judging, self.luck, self.lessons):
            self.freeze.include_job(job)
        self.lessons.run_made.connect(self._include_run_of_lessons)
        self.freeze.changed.connect(self.comparisons.preview.hold)
        self.freeze.changed.connect(self.train_page.watching.hold)
        self.freeze.changed.connect(self.lessons.hold)
        self.freeze.changed.connect(self.policy.playing.hold)
        for page in self.pages:
            self.freeze.changed.connect(page.hold)
        self.freeze.changed.connect(self._say_whether_frozen)

    @Slot()
    def _include_run_of_lessons(self) -> None:
        assert self.lessons.run is not None
        self.freeze.include_run(self.lessons.run, self.lessons.let_run_go_on)

    @Slot()
    def _say_whether_frozen(self) -> None:
        announcements = self.session.announcements
        if self.freeze.is_on:
            announcements.say(
                f"Frozen: everything stands still until {_FREEZE_KEY} is pressed again.",
                action=Action("Go on", self.freeze.toggle),
                holds=lambda: self.freeze.is_on,
            )
        announcements.review()

    def _make_pages(self) -> tuple[Page, ...]:
        """Return the pages in the order of their tabs; another page is made and added here."""
        return (
            self.train_page,
            ComparePage(self.comparisons, self._theme),
            TunePage(self.tune, self._theme),
            MapsPage(self.maps, self._theme),
            self.runs_page,
            LessonsPage(self.lessons, self._theme),
        )

    def show_page(self, page: Page) -> None:
        """Show one of the pages instead of the one shown now.

        The focus goes to the page, unless it is on the tabs, where arrow keys go on to the next one.
        """
        focused = QApplication.focusWidget()
        self.page = page
        self._header.show_page(page)
        self._stack.setCurrentWidget(page)
        self._explanation.set_whole(Subject(page, page.explanation))
        self._show_actions()
        self._show_message()
        self._show_focus()
        self.lock.apply()  # it may just have been built
        self._show_less()
        if page is self.train_page and self._columns_before_projector and not self._theme.projector:
            QTimer.singleShot(0, self, self._restore_columns)
        if focused is None or not focused.isVisible() or focused.window() is not self:
            page.setFocus()

    @property
    def view(self) -> str:
        """The name of the page that is shown, or of the card that fills Train."""
        return self.train_page.view if self.page is self.train_page else self.page.id

    def show_view(self, name: str) -> bool:
        """Show a page, or a card of Train whole; return whether there is one of that name."""
        page = next((page for page in self.pages if page.id == name), None)
        self.show_page(page or self.train_page)
        return self.train_page.show_view("" if page else name)

    @Slot()
    def _show_train(self) -> None:
        self.show_page(self.train_page)

    def _set_up_comparison(self, comparison: Comparison, reference: int) -> None:
        """Set up what a map has asked for in Compare."""
        self.comparisons.set_up(comparison, FINAL_RETURN, reference)
        self._show_page_of("compare")

    def _show_page_of(self, page_id: str) -> None:
        self.show_page(next(page for page in self.pages if page.id == page_id))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self.session.prepare)
            if self._first_page is not self.page:
                QTimer.singleShot(0, partial(self.show_page, self._first_page))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.windowHandle().screenChanged.connect(self._follow_screen, Qt.ConnectionType.UniqueConnection)
        self._follow_screen()

    def event(self, event: QEvent) -> bool:
        """Leave letters to a list of choices, which goes to what begins with them, but for the freeze key."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(QApplication.focusWidget(), QComboBox):
            assert isinstance(event, QKeyEvent)
            event.setAccepted(event.text().isalpha() and event.text().upper() != _FREEZE_KEY)
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where nothing else has taken it, brings the page back."""
        if event.key() == Qt.Key.Key_Escape and self.page.card_focus.is_on:
            self.page.card_focus.go_back()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_ask and self.session.asks_before_closing(self.close):
            self._show_train()  # where the question stands
            event.ignore()
            return
        for page in self.pages:
            page.card_focus.leave()  # what is remembered of it is of the whole page
        self._remember_soon.stop()
        self._unsaved = self._preferences()
        self.hide()  # before anything that a slow disk makes last
        self._save_newest()
        for window in self._beside.values():
            window.close()
        with ExitStack() as ending:  # one page's trouble keeps nothing else from ending
            ending.callback(self.session.close)
            ending.callback(self.judging.close)
            ending.callback(self.luck.close)
            ending.callback(self.policy.close)
            for page in self.pages:
                ending.callback(page.close_down)
        super().closeEvent(event)

    def _build(self) -> None:
        central = QWidget()
        central.setObjectName("page")
        layout = laid_out(
            QVBoxLayout(central), self._header, self._message_line, margins=(0, 0, 0, 0), spacing=0
        )
        self._stack = QStackedWidget()
        for page in self.pages:
            self._stack.addWidget(page)
            page.hint_changed.connect(self._show_message)
            page.notices.changed.connect(self._show_message)
            page.card_focus.changed.connect(self._show_focus)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(OverflowArea(central))

    def _show_actions(self) -> None:
        """Leave the shown page's own actions in the menu; those that are not there have no keys either."""
        for page in self.pages:
            for action in page.actions():
                action.setVisible(page is self.page)

    def _show_message(self) -> None:
        self._message_line.show_notices(self.page.notices, self.page.hint)

    def _show_focus(self) -> None:
        self._message_line.show_focus(is_filled=self.page.card_focus.is_on)
        titles = tuple(part.title for part in self.page.parts) if self._theme.projector else ()
        self._message_line.show_parts(titles, self.page.part_number)

    def _toggle_focus(self) -> None:
        """Let a card of the page fill it, or bring the page back."""
        self.page.card_focus.toggle(self.page.card_focus.card_meant(QApplication.focusWidget()))

    def _toggle_focus_by_key(self) -> None:
        """Likewise; the mouse says which card."""
        pointed_at = QApplication.widgetAt(QCursor.pos())
        card = self.page.card_focus.card_around(pointed_at)
        self.page.card_focus.toggle(card or self.page.card_focus.card_meant(QApplication.focusWidget()))

    @Slot()
    def _show_judging(self) -> None:
        """Show how good the moment is that was asked about."""
        self._show_beside(self.judging, lambda: JudgingWindow(self, self.judging, self._theme))

    def _judge_run(self, run: RunItem) -> None:
        """Judge a kept run where it ended."""
        self.judging.judge_run(run.id, run.entry.summary.updates, run.labels.name)

    def _ask_luck_of(self, run: RunItem) -> None:
        """Let it be asked of a moment of a kept run."""
        summary = run.entry.summary
        name = run_name(summary.environment_id, Algorithm(summary.algorithm), summary.seed)
        self.luck.choose_run(run.id, name, summary.updates)

    @Slot()
    def _show_luck(self) -> None:
        """Show what comes of the moment that was asked about."""
        self._show_beside(self.luck, lambda: LuckWindow(self, self.luck, self._theme))

    @Slot()
    def _show_policy(self) -> None:
        """Show the policy that is opened."""
        self._show_beside(self.policy, self._make_policy_window)

    def _make_policy_window(self) -> PolicyWindow:
        plots = self.train_page.plots
        window = PolicyWindow(self, self.policy, self._theme, self.judging.judge_policy, self._ask_for_policy)
        window.set_entropy_unit("nats" if plots.entropy_unit == "nats" else "bits")
        plots.entropy_unit_changed.connect(window.set_entropy_unit)
        return window

    def _ask_for_policy(self) -> None:
        """Ask for the file of a policy."""
        ask_what_to_open(self, "Open a policy", usual_folder(), "Policies (*.zip *.pt)", self.policy.open)

    def _show_beside(self, job: JobSession, make: Callable[[], JobWindow]) -> None:
        """Show the window of a job, which is made when it is first asked for."""
        if job not in self._beside:
            self._beside[job] = make()
        self._beside[job].open_for_looking()

    # ---- menu and shortcuts --------------------------------------------------------------------------

    def _make_menu(self, log_file: Path) -> MainMenu:
        page_actions = [action for page in self.pages for action in page.actions()]
        menu = MainMenu(
            self,
            self.session,
            self._theme,
            page_actions,
            log_file,
            self.sharing,
            self.lock,
            self.freeze,
            self.class_preparation,
        )
        menu.policy_asked.connect(self._ask_for_policy)
        menu.projector_toggled.connect(self._set_projector)
        menu.explanation_asked.connect(self._explanation.explain_whole)
        return menu

    def _make_shortcuts(self) -> None:
        what = "Press the button that has the focus, else start or pause what the page shows"
        add_shortcut(self, "Space", what, self._space_pressed)
        fills = "Let the card that is pointed at fill the page, or bring the page back, as Esc does"
        add_shortcut(self, "F", fills, self._toggle_focus_by_key)
        add_shortcut(self, _FREEZE_KEY, "Freeze everything as it is, or let it go on", self.freeze.toggle)
        add_shortcut(self, "Ctrl+V", "Open the state that was copied as a line, ppo:1:…", self.sharing.paste)
        exports = "Export what the page shows"
        add_shortcut(self, "Ctrl+E", exports, lambda: self.page.open_exports())
        add_shortcut(self, "F10", "Open the menu", self._header.menu_button.showMenu)
        for number, page in enumerate(self.pages, start=1):
            add_shortcut(self, f"Ctrl+{number}", f"Show the {page.title} page", partial(self.show_page, page))

    def _space_pressed(self) -> None:
        """Press the button reached with the keyboard, if it is one; else do what the page has Space for."""
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        else:
            self.page.toggle()

    def _set_projector(self, on: bool) -> None:
        """Large fonts on the full screen, and back to the very window it was before."""
        if on:
            self._geometry_before_projector = self.saveGeometry()
            self._columns_before_projector = self._columns
        self._theme.set_projector(on)
        self._showing_less.clear()
        for page in self.pages:
            page.show_less(False)
        self._show_less()
        if on:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
        else:
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowFullScreen)
            QTimer.singleShot(0, self, self._restore_size)

    def _show_less(self) -> None:
        """Let the page shown begin with less on a projector, when it is shown there for the first time."""
        if self._theme.projector and self.page not in self._showing_less:
            self._showing_less.add(self.page)
            self.page.show_less(True)
        self._show_focus()

    def _restore_size(self) -> None:
        """Take the former size once the layouts have shrunk with their fonts."""
        self.restoreGeometry(self._geometry_before_projector)
        QTimer.singleShot(0, self, self._restore_columns)

    def _restore_columns(self) -> None:
        """Give columns their former widths, in a window of its former size, once they are shown in it."""
        if self._theme.projector or not self.train_page.isVisible():
            return
        for columns, state in zip(self.train_page.columns, self._columns_before_projector, strict=False):
            columns.restoreState(state)
        self._columns_before_projector = []

    @property
    def _columns(self) -> list[QByteArray]:
        """The widths of Train's columns, or the former ones as long as it has others."""
        return self._columns_before_projector or [columns.saveState() for columns in self.train_page.columns]

    # ---- what is remembered --------------------------------------------------------------------------

    def _restore(self, preferences: Preferences) -> None:
        if not self.restoreGeometry(_decoded(preferences.geometry)):
            self._fit_screen()
        states = preferences.columns.split()
        if len(states) == len(self.train_page.columns):  # once there was only one
            for columns, state in zip(self.train_page.columns, states, strict=True):
                columns.restoreState(_decoded(state))
        self.train_page.plots.show_small_plots(preferences.small_plots.split())
        self.runs_page.arrange(preferences.runs_columns)
        self.train_page.set_entropy_unit("nats" if preferences.entropy_unit == "nats" else "bits")
        self.train_page.update_panel.fix_axis(preferences.ratio_axis == "fixed")

    def _fit_screen(self) -> None:
        """Open at a good size, or as large as a small screen allows."""
        room = self.screen().availableGeometry().size()
        self.resize(_FIRST_SIZE.boundedTo(room))
        if room.width() <= _FIRST_SIZE.width() or room.height() <= _FIRST_SIZE.height():
            self.setWindowState(Qt.WindowState.WindowMaximized)

    @Slot()
    def _follow_screen(self) -> None:
        """Stay within the screen, also when it shrinks, or when the window is on another one."""
        unique = Qt.ConnectionType.UniqueConnection
        self.screen().availableGeometryChanged.connect(self._fit_into_screen, unique)
        self._fit_into_screen()

    @Slot()
    def _fit_into_screen(self) -> None:
        if self.isMaximized() or self.isFullScreen():
            return  # the system sees to it
        frame = self.frameGeometry().size() - self.size()
        room = self.screen().availableGeometry().size() - frame
        self.resize(self.size().boundedTo(room))

    def _remember(self) -> None:
        """Write what would be remembered now, for a window may end without being closed."""
        self._unsaved = self._preferences()
        self.session.do_aside(self._save_newest)

    def _save_newest(self) -> None:
        """Write what is to be remembered, unless that is done; called from any thread, in any order."""
        with self._saving:
            newest, self._unsaved = self._unsaved, None
            if newest is not None:
                self._save(newest)

    def _preferences(self) -> Preferences:
        shown, preset = self.session.standing, self.session.preset
        settings = shown.settings
        return Preferences(
            geometry=_encoded(
                self._geometry_before_projector if self._theme.projector else self.saveGeometry()
            ),
            columns=" ".join(map(_encoded, self._columns)),
            appearance=self._theme.appearance.value,
            entropy_unit=self.train_page.plots.entropy_unit,
            ratio_axis="fixed" if self.train_page.update_panel.has_fixed_axis else "fitted",
            runs_columns=self.runs_page.arrangement,
            small_plots=" ".join(self.train_page.plots.small_shown),
            environment_id=settings.environment_id,
            algorithm=settings.algorithm.value,
            preset=preset.id if preset is not None else "",
            hyperparameters=json.dumps(asdict(settings.hyperparameters)),
            seed=str(settings.seed),
            page=self.page.id,
            run=shown.run,
            update="" if shown.update is None else str(shown.update),
            most_gigabytes=f"{self.session.most_bytes / 1e9:g}",
            film=self._film_choice.text,
        )


def _encoded(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", errors="ignore")))
