"""At the end of the process what was handed over is written, but not for ever."""

from __future__ import annotations

import logging
import threading

import pytest

from ppo_desktop.runs.abandoned import WritingThread, finish_writing


def test_the_process_waits_for_what_is_still_to_be_written() -> None:
    asked, written = threading.Event(), []

    def write() -> None:
        asked.wait()
        written.append("the last line")

    WritingThread(write, "writing", asked.set).start()
    finish_writing()
    assert written


def test_a_disk_that_does_not_answer_is_waited_for_no_longer_than_that_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.abandoned.WRITING_SECONDS", 0.01)
    answers = threading.Event()
    thread = WritingThread(lambda: bool(answers.wait()), "a run", lambda: None)
    thread.start()
    with caplog.at_level(logging.ERROR):
        finish_writing()
    assert thread.is_alive()
    assert "a run" in caplog.text
    answers.set()
    thread.join()
