"""What every test stands on: a home of its own; no thread and no window of an earlier test."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from functools import partialmethod
from pathlib import Path

import hypothesis
import pytest
import shiboken6
from filelock import FileLock  # which torch brings
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.runs import abandoned
from tests.kernels import KERNELS, give_kernels, kernels_in, kernels_of_tests, use_kernels_of_tests
from tests.postgresql import PostgreSQL, running_server

PATIENCE_MS = 120_000
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if sys.platform == "win32":  # where that platform looks for fonts in Qt's own folder, which has none
    os.environ.setdefault("QT_QPA_FONTDIR", str(Path(os.environ["SYSTEMROOT"], "Fonts")))
# Tests run side by side, and the programs they start: one thread of PyTorch's each.
os.environ["OMP_NUM_THREADS"] = "1"
# Tests start hundreds of programs: none is to compile our modules anew, whatever is said of that outside.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Time limits mean nothing on a busy machine.
hypothesis.settings.register_profile("ppo", deadline=None)
hypothesis.settings.load_profile("ppo")
# Whatever a test module imports, this process takes kernels from there, and adds those that only tests call.
use_kernels_of_tests()


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs some of the tests for another one."""
    return hasattr(config, "workerinput")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers do the slow tests first: none is to be still at one when the others have nothing left."""
    if is_worker(config):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Prepare kernels while tests are collected: the first test is not to take the time of that."""
    if not is_worker(session.config) and not session.config.option.collectonly:
        threading.Thread(target=_prepare_kernels, name="kernels").start()


def _prepare_kernels() -> None:
    """Compile kernels where that has not been done; workers that begin together do so one after the other.

    Where tests call kernels themselves, those that are prepared need not be compiled once more.
    """
    environment = {**os.environ, "PPO_DESKTOP_HOME": str(KERNELS)}
    KERNELS.mkdir(exist_ok=True)
    with FileLock(KERNELS / "lock"):
        subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], env=environment, check=True)
        if not kernels_of_tests().exists():
            shutil.copytree(kernels_in(KERNELS) / kernels_of_tests().name, kernels_of_tests())


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Wait for the kernels where tests are run: their time is limited, and compiling may take longer."""
    only_others_run_them = bool(session.config.getoption("numprocesses", None)) and not is_worker(
        session.config
    )
    if not only_others_run_them and not session.config.option.collectonly:
        _prepare_kernels()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Collect what is left of windows here, between the tests, when pytest holds none of it any more.

    Collected later, in the middle of one of Qt's own calls, it has made a test wait for ever once. Never
    collected, it makes every further window slower to open.
    """
    gc.freeze()  # what was there before the test need not be looked through
    result = yield
    if QCoreApplication.instance():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.unfreeze()
    return result


class PatientQtBot(QtBot):
    """Gives a busy machine time for what a test waits for, and fails before a test may no longer take."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS)  # noqa: N815
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)  # noqa: N815
    waitExposed = partialmethod(QtBot.waitExposed, timeout=PATIENCE_MS)  # noqa: N815


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The user's hands and eyes, as pytest-qt has them, but patient."""
    del qapp
    return PatientQtBot(request)


@pytest.fixture(scope="session")
def prepared_kernels() -> Path:
    """The folder of compiled kernels."""
    return kernels_in(KERNELS)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of this worker's own; `new_database` gives a test one of its own."""
    with running_server() as server:
        yield server


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared_kernels: Path) -> Path:
    """Everything the program writes goes into the test's own folder; the fast engine is there already."""
    home = tmp_path / "home"
    give_kernels(home, prepared_kernels)
    monkeypatch.setenv("PPO_DESKTOP_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def a_moment_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads end however slow the machine is: none is to be left to itself."""
    monkeypatch.setattr("ppo_desktop.runs.abandoned.MOMENT", 60.0)


@pytest.fixture(autouse=True)
def nobody_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs have the processors as other tests beside them have: who gives way would wait for all."""
    monkeypatch.setattr("ppo_desktop.runs.processors._NICENESS", 0)


@pytest.fixture(autouse=True)
def no_thread_is_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread behind, Python's own, Qt's or a learner's.

    Only one that was given up may still be on its way to its end, which must come.
    """
    before = set(_python_threads())
    yield
    given_up = [getattr(each, "_thread", each) for each in abandoned._abandoned]
    for thread in given_up:
        if isinstance(thread, QThread):
            thread.wait(PATIENCE_MS)
        else:
            thread.join(PATIENCE_MS / 1000)
    left: list[object] = [thread for thread in _python_threads() if thread not in before]
    left += [thread.objectName() for thread in _qt_threads() if thread.isRunning()]
    assert not left, f"threads left running: {left}"
    bridge = sys.modules.get("ppo_desktop.bridge.threads")
    assert bridge is None or not bridge._running, "a thread with timers is left running"


@pytest.fixture(autouse=True)
def no_window_is_left_open_and_no_button_down() -> Iterator[None]:
    """Close what a test leaves open, which would take the mouse of later tests; let go of the mouse.

    Nothing is to be redrawn any more: what still waits for its turn would be kept, with menus of plots that
    are styled anew with every window of later tests.
    """
    yield
    if isinstance(app := QCoreApplication.instance(), QApplication):
        if "ppo_desktop.views.charts.redraw" in sys.modules:
            sys.modules["ppo_desktop.views.charts.redraw"].turns().clear()
        for window in app.topLevelWidgets():
            window.close()
        for button in Qt.MouseButton:
            if button & app.mouseButtons():  # as after QTest's double clicks
                QTest.mouseRelease(QWidget(), button)


def _python_threads() -> list[threading.Thread]:
    """Threads that Python started; of foreign ones (Qt's) it never learns the end."""
    return [thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)]


def _qt_threads() -> list[QThread]:
    """Qt's threads that the test has made, as far as they are still there."""
    return [found for found in gc.get_objects() if type(found) is QThread and shiboken6.isValid(found)]
