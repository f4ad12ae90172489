"""Questions are answered elsewhere, one at a time, the latest next; no failure is the last word."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.digesting import DigestThread
from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.statistics import Centre, load_scipy
from ppo_desktop.comparison.summary import Records
from ppo_desktop.ppo.quantities import RETURN
from tests.comparisons import compared, ended_with

Digests = DigestThread[Comparison, Records, Question]
QUESTION = Question(FINAL_RETURN, 0, Centre.MEAN, (RETURN.name,))
RECORDS = {RunKey(0, 1): ended_with(10), RunKey(1, 1): ended_with(20)}


class Answers:
    """What a thread has answered."""

    def __init__(self, thread: Digests) -> None:
        self.digests: list[Digest] = []
        thread.digested.connect(self.digests.append)

    @property
    def references(self) -> list[int]:
        return [digest.question.reference for digest in self.digests]


@pytest.fixture
def digesting(qtbot: QtBot) -> Iterator[Digests]:
    """A thread that is ended after the test."""
    del qtbot
    digesting = DigestThread(lambda comparison: Digester(comparison).digest, load_scipy)
    yield digesting
    digesting.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No question is answered before it is set."""
    gate = threading.Event()
    answer = Digester.digest

    def digest(self: Digester, records: Records, question: Question) -> Digest:
        gate.wait()
        return answer(self, records, question)

    monkeypatch.setattr(Digester, "digest", digest)
    yield gate
    gate.set()


def test_a_question_is_answered_in_another_thread(
    qtbot: QtBot, digesting: Digests, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    answer = Digester.digest

    def digest(self: Digester, records: Records, question: Question) -> Digest:
        threads.append(threading.current_thread())
        return answer(self, records, question)

    monkeypatch.setattr(Digester, "digest", digest)
    answers = Answers(digesting)
    digesting.begin(compared(n_seeds=1))
    digesting.ask(RECORDS, QUESTION)
    qtbot.waitUntil(lambda: bool(answers.digests))
    assert [estimate.centre for estimate in answers.digests[0].estimates["final_return"]] == [10, 20]
    assert threads[0] is not threading.main_thread()


def test_of_the_questions_that_come_meanwhile_only_the_latest_is_answered(
    qtbot: QtBot, digesting: Digests, gate: threading.Event
) -> None:
    answers = Answers(digesting)
    digesting.begin(compared((0.1, 0.2, 0.3, 0.4), n_seeds=1))
    for reference in (0, 1, 2, 3):
        digesting.ask(RECORDS, replace(QUESTION, reference=reference))
    gate.set()
    qtbot.waitUntil(lambda: answers.references == [0, 3])
    digesting.ask(RECORDS, replace(QUESTION, reference=2))
    qtbot.waitUntil(lambda: answers.references == [0, 3, 2])


def test_no_answer_of_an_earlier_comparison_comes_after_the_next_has_begun(
    qtbot: QtBot, digesting: Digests, gate: threading.Event
) -> None:
    answers = Answers(digesting)
    comparison = compared((0.1, 0.2, 0.3, 0.4), n_seeds=1)
    digesting.begin(comparison)
    digesting.ask(RECORDS, QUESTION)
    digesting.ask(RECORDS, replace(QUESTION, reference=1))
    digesting.begin(comparison)  # the same once more, of which there is nothing yet
    digesting.ask({}, replace(QUESTION, reference=2))
    gate.set()
    qtbot.waitUntil(lambda: bool(answers.digests))
    digesting.ask({}, replace(QUESTION, reference=3))
    qtbot.waitUntil(lambda: answers.references == [2, 3])


def test_a_question_that_cannot_be_answered_does_not_stop_the_next(
    qtbot: QtBot, digesting: Digests, caplog: pytest.LogCaptureFixture
) -> None:
    answers = Answers(digesting)
    digesting.begin(compared(n_seeds=1))
    with caplog.at_level(logging.ERROR):
        digesting.ask(RECORDS, replace(QUESTION, columns=("no such curve",)))
        digesting.ask(RECORDS, replace(QUESTION, reference=1))
        qtbot.waitUntil(lambda: answers.references == [1])
    assert "could not be put together" in caplog.text


def test_a_question_before_there_is_a_comparison_stops_nothing(qtbot: QtBot, digesting: Digests) -> None:
    answers = Answers(digesting)
    digesting.ask(RECORDS, QUESTION)
    digesting.begin(compared(n_seeds=1))
    digesting.ask(RECORDS, replace(QUESTION, reference=1))
    qtbot.waitUntil(lambda: answers.references == [1])


def test_closing_waits_for_the_answer_that_is_being_found(digesting: Digests) -> None:
    digesting.begin(compared(n_seeds=1))
    digesting.ask(RECORDS, QUESTION)
    digesting.close()
    assert not digesting._thread.isRunning()
    digesting.close()


def test_closing_one_that_was_never_asked_is_quiet(digesting: Digests) -> None:
    digesting.close()
