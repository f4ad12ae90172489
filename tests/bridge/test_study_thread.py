"""The thread that has a study in hand: what it tells, and that nobody ever waits for it for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.study import storage
from ppo_desktop.study.library import kept_studies
from ppo_desktop.study.place import Place
from ppo_desktop.study.search import Search, SearchEnded
from ppo_desktop.study.storage import OpenStudy
from ppo_desktop.study.study_actor import (
    Opened,
    Refused,
    SearchProgress,
    SearchRequest,
    StudyActor,
    StudyNews,
    TrialsChanged,
)
from ppo_desktop.study.study_plan import Strategy, StudyPlan
from ppo_desktop.study.trials import TrialState
from tests.tuning import PLAN, make_study

GO = SearchRequest(3, Strategy("random"), COMPILED, 2)
New = Callable[..., "Heard"]


class Heard:
    """A thread, and what it has told so far."""

    def __init__(self, thread: JobThread[StudyActor]) -> None:
        self.thread = thread
        self.news: list[StudyNews] = []
        thread.arrived.connect(self.news.append)
        thread.start()

    def has(self, kind: type[StudyNews]) -> bool:
        return any(isinstance(news, kind) for news in self.news)


def wait_for(qtbot: QtBot, heard: Heard, kind: type[StudyNews]) -> None:
    qtbot.waitUntil(lambda: heard.has(kind))


@pytest.fixture
def new(qtbot: QtBot) -> Iterator[New]:
    """Return a function that begins a thread; all have ended after the test."""
    del qtbot
    begun: list[Heard] = []

    def begin(place: Place, begun_as: tuple[StudyPlan, Strategy] | None = None) -> Heard:
        begun.append(Heard(JobThread("study", lambda outbox: StudyActor(outbox, place, begun_as), 0.2)))
        return begun[-1]

    yield begin
    for heard in begun:
        assert heard.thread.close(5.0)


@pytest.fixture
def kept(studies: Path) -> Place:
    """A study without trials."""
    return make_study(studies)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No study is opened, nor shown when it was created, before it is set."""
    gate = threading.Event()
    open_study = storage.open_study

    def open_late(place: Place) -> OpenStudy:
        study = open_study(place)
        gate.wait()
        return study

    monkeypatch.setattr(storage, "open_study", open_late)
    yield gate
    gate.set()


def test_a_go_is_told_from_begin_to_end(qtbot: QtBot, new: New, kept: Place) -> None:
    heard = new(kept)
    wait_for(qtbot, heard, Opened)
    heard.thread.actor.search(GO)
    wait_for(qtbot, heard, Ended)
    assert heard.news[-1] == SearchEnded(EndReason.COMPLETED)
    trials = {}
    for news in heard.news:
        if isinstance(news, TrialsChanged):
            trials.update(news.trials)
    assert [trials[number].state for number in range(3)] == [TrialState.COMPLETE] * 3
    assert all(trial.worker and trial.seed_objectives for trial in trials.values()), (
        "as the storage knows them"
    )
    progress = [news.n_ended for news in heard.news if isinstance(news, SearchProgress)]
    assert progress == sorted(progress)
    assert progress[-1] == 3


def test_a_wish_that_comes_before_the_search_is_granted(qtbot: QtBot, new: New, kept: Place) -> None:
    heard = new(kept)
    heard.thread.actor.search(SearchRequest(None, Strategy("random"), COMPILED, 2))
    heard.thread.actor.wish(Search.cancel)
    wait_for(qtbot, heard, Ended)


def test_a_wish_is_for_the_search_it_was_meant_for(qtbot: QtBot, new: New, kept: Place) -> None:
    heard = new(kept)
    wait_for(qtbot, heard, Opened)
    heard.thread.actor.wish(Search.cancel)  # there is no search
    heard.thread.actor.search(GO)
    wait_for(qtbot, heard, Ended)
    progress = [news for news in heard.news if isinstance(news, SearchProgress)]
    assert progress[-1].n_ended == 3


def test_one_that_is_given_up_tells_nothing_when_it_answers(
    qtbot: QtBot, new: New, kept: Place, gate: threading.Event
) -> None:
    heard = new(kept)
    assert not heard.thread.close(0.0)
    gate.set()
    assert heard.thread.close(5.0)
    QCoreApplication.processEvents()
    assert heard.news == []


def test_a_study_nobody_waited_for_is_not_left_behind(new: New, studies: Path, gate: threading.Event) -> None:
    heard = new(Place(studies / "mine.db", "mine"), (PLAN, Strategy("random")))
    heard.thread.close(0.0)
    gate.set()
    assert heard.thread.close(5.0)
    assert list(kept_studies(studies)) == []


def test_one_that_is_given_up_later_stays(qtbot: QtBot, new: New, studies: Path) -> None:
    heard = new(Place(studies / "mine.db", "mine"), (PLAN, Strategy("random")))
    wait_for(qtbot, heard, Opened)
    assert heard.thread.close(5.0)
    assert [study.name for study in kept_studies(studies)] == ["mine"]


def test_an_unexpected_error_is_a_refusal_too(
    qtbot: QtBot, new: New, kept: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(place: Place) -> OpenStudy:
        raise RuntimeError("the disk\nis on fire")

    monkeypatch.setattr(storage, "open_study", fail)
    heard = new(kept)
    wait_for(qtbot, heard, Refused)
    assert heard.news == [Refused("RuntimeError: the disk is on fire")]
