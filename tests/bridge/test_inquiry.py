"""Questions are answered elsewhere while somebody sees it, the latest next; no failure is the last word."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.inquiry import Inquiry
from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.statistics import Centre, load_scipy
from ppo_desktop.comparison.summary import RunRecords
from ppo_desktop.ppo.quantities import RETURN
from tests.comparisons import compared, ended_with

QUESTION = Question(FINAL_RETURN, 0, Centre.MEAN, (RETURN.name,))
RECORDS = {RunKey(0, 1): ended_with(10), RunKey(1, 1): ended_with(20)}
FOUR = compared((0.1, 0.2, 0.3, 0.4), n_seeds=1)

ComparisonInquiry = Inquiry[Comparison, RunRecords, Question, Digest]


class Answers:
    """What has been answered."""

    def __init__(self, inquiry: ComparisonInquiry) -> None:
        self.digests: list[Digest] = []
        inquiry.digest_changed.connect(lambda: inquiry.digest and self.digests.append(inquiry.digest))

    @property
    def references(self) -> list[int]:
        return [digest.question.reference for digest in self.digests]


@pytest.fixture
def inquiry(qtbot: QtBot) -> Iterator[ComparisonInquiry]:
    """One that is seen, whose thread is ended after the test."""
    del qtbot
    inquiry: ComparisonInquiry = Inquiry(
        QUESTION, lambda: RECORDS, lambda comparison: Digester(comparison).digest, load_scipy, 0.4
    )
    inquiry.set_visible(True)
    yield inquiry
    inquiry.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No question is answered before it is set."""
    gate = threading.Event()
    answer = Digester.digest

    def digest(self: Digester, records: RunRecords, question: Question) -> Digest:
        gate.wait()
        return answer(self, records, question)

    monkeypatch.setattr(Digester, "digest", digest)
    yield gate
    gate.set()


def ask(inquiry: ComparisonInquiry, reference: int) -> None:
    inquiry.ask(replace(QUESTION, reference=reference))


def test_a_question_is_answered_in_another_thread(
    qtbot: QtBot, inquiry: ComparisonInquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    answer = Digester.digest

    def digest(self: Digester, records: RunRecords, question: Question) -> Digest:
        threads.append(threading.current_thread())
        return answer(self, records, question)

    monkeypatch.setattr(Digester, "digest", digest)
    answers = Answers(inquiry)
    inquiry.begin(compared(n_seeds=1))
    inquiry.ask_again()
    qtbot.waitUntil(lambda: bool(answers.digests))
    assert [estimate.centre for estimate in answers.digests[0].estimates["final_return"]] == [10, 20]
    assert threads[0] is not threading.main_thread()


def test_what_nobody_sees_is_not_found_out_before_somebody_does(
    qtbot: QtBot, inquiry: ComparisonInquiry
) -> None:
    inquiry.set_visible(False)
    answers = Answers(inquiry)
    inquiry.begin(FOUR)
    for reference in (0, 1, 2):
        ask(inquiry, reference)
    inquiry.set_visible(True)
    ask(inquiry, 3)  # answered after whatever was asked before
    qtbot.waitUntil(lambda: 3 in answers.references)
    assert not {0, 1} & set(answers.references)
    inquiry.set_visible(False)
    inquiry.ask_again()
    inquiry.set_visible(True)
    n_before = len(answers.digests)
    qtbot.waitUntil(lambda: len(answers.digests) > n_before)


def test_of_the_questions_that_come_meanwhile_only_the_latest_is_answered(
    qtbot: QtBot, inquiry: ComparisonInquiry, gate: threading.Event
) -> None:
    answers = Answers(inquiry)
    inquiry.begin(FOUR)
    for reference in (0, 1, 2, 3):
        ask(inquiry, reference)
    gate.set()
    qtbot.waitUntil(lambda: 3 in answers.references)
    assert len(answers.references) <= 2, "at most the one that had begun"
    ask(inquiry, 2)
    qtbot.waitUntil(lambda: answers.references[-1] == 2)


def test_no_answer_of_an_earlier_comparison_comes_after_the_next_has_begun(
    qtbot: QtBot, inquiry: ComparisonInquiry, gate: threading.Event
) -> None:
    answers = Answers(inquiry)
    inquiry.begin(FOUR)
    ask(inquiry, 0)
    ask(inquiry, 1)
    inquiry.begin(FOUR)  # the same once more, of which there is nothing yet
    ask(inquiry, 2)
    gate.set()
    qtbot.waitUntil(lambda: bool(answers.digests))
    ask(inquiry, 3)
    qtbot.waitUntil(lambda: answers.references == [2, 3])
    inquiry.forget()
    assert inquiry.digest is None


def test_a_question_that_cannot_be_answered_does_not_stop_the_next(
    qtbot: QtBot, inquiry: ComparisonInquiry, caplog: pytest.LogCaptureFixture
) -> None:
    answers = Answers(inquiry)
    inquiry.begin(compared(n_seeds=1))
    with caplog.at_level(logging.ERROR):
        inquiry.ask(replace(QUESTION, columns=("no such curve",)))
        qtbot.waitUntil(lambda: "no such curve" in caplog.text)
        ask(inquiry, 1)
        qtbot.waitUntil(lambda: answers.references == [1])


def test_a_question_before_there_is_a_comparison_stops_nothing(
    qtbot: QtBot, inquiry: ComparisonInquiry
) -> None:
    answers = Answers(inquiry)
    ask(inquiry, 0)
    inquiry.begin(compared(n_seeds=1))
    ask(inquiry, 1)
    qtbot.waitUntil(lambda: answers.references == [1])


def test_closing_waits_for_the_answer_that_is_being_found(inquiry: ComparisonInquiry) -> None:
    inquiry.begin(compared(n_seeds=1))
    inquiry.ask_again()
    inquiry.close()
    assert not inquiry._thread._thread.is_alive()
    inquiry.close()
