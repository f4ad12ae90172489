"""A lesson step by step: nothing runs before a prediction is committed, and what is seen comes before why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge import worker
from ppo_desktop.bridge.freeze import Freeze
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.comparison import experiment
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.lessons.answers import AnswerBook, Answers
from ppo_desktop.lessons.course import open_lesson
from ppo_desktop.lessons.lesson import Explain, Look, Predict, Run, Transfer, Verdict
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.history import History
from tests.comparisons import ended_with
from tests.lessons_written import line_of, written
from tests.other_threads import wait_until_at_rest


@pytest.fixture
def answers_file(tmp_path: Path) -> Path:
    return tmp_path / "answers.json"


@pytest.fixture
def lessons(session: Session, answers_file: Path) -> Iterator[LessonSession]:
    """What a Lessons page shows while it is seen."""
    lessons = LessonSession(session, answers_file)
    lessons.set_visible(True)
    yield lessons
    lessons.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A lesson of short runs."""
    path = tmp_path / "small.md"
    path.write_bytes(written())
    return path


@pytest.fixture
def opened(lessons: LessonSession, path: Path) -> LessonSession:
    """The same with a lesson open."""
    lessons.open_file(path)
    return lessons


def play(lessons: LessonSession) -> Session:
    """Return the run that plays."""
    assert lessons.run is not None
    return lessons.run


def predict(lessons: LessonSession) -> None:
    lessons.choose("b")
    lessons.give_reason("it looks like it")
    lessons.next()


def let_run(qtbot: QtBot, lessons: LessonSession) -> None:
    predict(lessons)
    lessons.run_change()
    qtbot.waitUntil(lambda: lessons.state is JobState.COMPLETE)


def test_something_happens_as_soon_as_a_lesson_is_open(qtbot: QtBot, opened: LessonSession) -> None:
    qtbot.waitUntil(lambda: play(opened).steps > 0)
    assert play(opened).run_settings.hyperparameters.clip_range == 0.2
    assert opened.state is JobState.EMPTY, "pairs wait for the prediction"


def test_nothing_runs_before_an_answer_and_a_reason_are_committed(
    qtbot: QtBot, opened: LessonSession
) -> None:
    assert isinstance(opened.step, Predict)
    opened.run_change()
    opened.next()
    opened.choose("b")
    opened.next()
    opened.give_reason("  ")
    opened.next()
    assert isinstance(opened.step, Predict)
    assert opened.notices.current.text
    assert not opened.has_run
    opened.give_reason("it looks like it")
    opened.next()
    assert isinstance(opened.step, Run)
    opened.next()
    assert isinstance(opened.step, Run), "it has not run"
    opened.run_change()
    qtbot.waitUntil(lambda: play(opened).run_settings.hyperparameters.clip_range is None)
    qtbot.waitUntil(lambda: play(opened).steps > 0)


def test_a_lesson_goes_from_its_prediction_to_another_environment(
    qtbot: QtBot, opened: LessonSession, session: Session
) -> None:
    let_run(qtbot, opened)
    opened.next()
    assert isinstance(opened.step, Look)
    assert opened.point == "clip_fraction"
    opened.next()
    assert isinstance(opened.step, Look), "what was seen comes before why"
    opened.choose("c")
    opened.next()
    assert isinstance(opened.step, Explain)
    assert opened.answers == Answers("b", "it looks like it", ("c",), place=opened.place)
    opened.next()
    assert isinstance(opened.step, Verdict)
    qtbot.waitUntil(lambda: bool(opened.findings))
    first = opened.findings[0]
    assert [(pair.variant, pair.seed) for pair in first.pairs] == [(v, s) for v in (1, 2) for s in (1, 2, 3)]
    assert first.outcome is first.claim.outcome(opened.lesson.comparison, opened.records)  # type: ignore[union-attr]
    opened.next()
    assert isinstance(opened.step, Transfer)
    opened.open_in_train()
    assert session.settings.environment_id == "Acrobot-v1"
    opened.next()
    assert opened.lesson is None
    assert opened.is_done("small")


def test_what_is_answered_is_there_at_the_next_start(
    qtbot: QtBot, opened: LessonSession, answers_file: Path
) -> None:
    predict(opened)
    assert AnswerBook(answers_file).of("small") == Answers("b", "it looks like it", place=1)
    assert not opened.is_done("small")


def test_an_unfinished_lesson_goes_on_at_its_step_with_what_was_answered(
    qtbot: QtBot, opened: LessonSession, session: Session, answers_file: Path, path: Path
) -> None:
    predict(opened)
    again = LessonSession(session, answers_file)
    again.set_visible(True)
    again.open_file(path)
    assert isinstance(again.step, Run)
    assert (again.has_run, again.answers.predicted, again.state) == (False, "b", JobState.EMPTY)
    assert again.left_at(again.lesson) == 1  # type: ignore[arg-type]
    again.choose("a")
    again.give_reason("another reason")
    again.run_change()
    again.next()
    again.choose("c")
    again.next()
    assert again.answers == Answers("b", "it looks like it", ("c",), place=3)
    again.close()
    third = LessonSession(session, answers_file)
    third.set_visible(True)
    third.open_file(path)
    assert isinstance(third.step, Explain)
    assert (third.has_run, third.answers.seen) == (True, ("c",))
    assert play(third).settings.hyperparameters.clip_range is None, "the run with the change plays"
    third.next()
    qtbot.waitUntil(lambda: bool(third.findings))
    third.close()


def test_a_lesson_is_begun_again_without_its_answers(
    opened: LessonSession, answers_file: Path, path: Path
) -> None:
    predict(opened)
    opened.run_change()
    opened.begin_again()
    assert (opened.place, opened.has_run, opened.records) == (0, False, {})
    assert opened.answers == opened.draft == AnswerBook(answers_file).of("small") == Answers()
    opened.open_file(path)
    assert opened.place == 0


def test_what_is_frozen_of_a_lesson_that_is_left_stays_at_rest(qtbot: QtBot, opened: LessonSession) -> None:
    freeze, run = Freeze(), play(opened)
    freeze.include_run(run, opened.let_run_go_on)
    run.set_speed(20)  # it must not end before
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING and run.steps > 0)
    freeze.toggle()
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    opened.close_lesson()
    freeze.toggle()
    wait_until_at_rest(qtbot, run)
    assert run.state is RunState.PAUSED


def test_what_was_frozen_goes_on_no_sooner_than_somebody_looks_on(
    qtbot: QtBot, opened: LessonSession
) -> None:
    freeze, run = Freeze(), play(opened)
    freeze.include_run(run, opened.let_run_go_on)
    run.set_speed(20)
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING and run.steps > 0)
    freeze.toggle()
    opened.set_visible(False)
    freeze.toggle()
    wait_until_at_rest(qtbot, run)
    assert run.state is RunState.PAUSED
    opened.set_visible(True)
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)


def test_the_run_of_train_and_the_library_stay_as_they_are(
    qtbot: QtBot, opened: LessonSession, session: Session
) -> None:
    settings = session.settings
    let_run(qtbot, opened)
    assert session.settings is settings
    assert library.runs() == []


def test_a_run_that_rests_unseen_lifts_nothing_that_is_frozen_when_it_is_seen(
    qtbot: QtBot, opened: LessonSession
) -> None:
    freeze, run = Freeze(), play(opened)
    freeze.include_run(run, opened.let_run_go_on)
    freeze.changed.connect(opened.hold)
    run.set_speed(20)
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING and run.steps > 0)
    opened.set_visible(False)
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    freeze.toggle()
    for is_visible in (True, False, True):
        opened.set_visible(is_visible)
    wait_until_at_rest(qtbot, run)
    assert run.state is RunState.PAUSED
    assert freeze.is_on
    freeze.toggle()
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    run.pause()
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    opened.set_visible(False)
    opened.set_visible(True)
    wait_until_at_rest(qtbot, run)
    assert run.state is RunState.PAUSED, "by whoever looked on"


def test_the_run_before_the_change_stands_behind_as_far_as_it_has_played_and_soon_whole(
    qtbot: QtBot, opened: LessonSession
) -> None:
    qtbot.waitUntil(lambda: play(opened).history.updates > 0)
    played = play(opened).history.updates
    predict(opened)
    opened.run_change()
    baseline = play(opened).baseline
    assert baseline is not None
    assert baseline.updates >= played
    qtbot.waitUntil(lambda: opened.state is JobState.COMPLETE)
    whole, lesson = play(opened).baseline, opened.lesson
    assert whole is not None
    assert lesson is not None
    alone = History()
    settings = lesson.comparison.settings(RunKey(0, 1))
    for event in Trainer(settings, make_engine(settings)).events():
        alone.add(event)
    for curve in ("mean_return", "clip_fraction"):
        np.testing.assert_array_equal(whole.curve(curve).means(), alone.curve(curve).means())


def test_a_run_that_the_pupil_has_changed_is_not_the_one_before_the_change(
    qtbot: QtBot, opened: LessonSession
) -> None:
    qtbot.waitUntil(lambda: play(opened).steps > 0)
    play(opened).change(clip_range=0.4)
    predict(opened)
    opened.run_change()
    assert play(opened).baseline is None


@pytest.mark.parametrize("content", [written("seeds: 3", "seeds: 2"), b"", b"\xff"])
def test_a_file_that_is_no_lesson_is_refused_in_one_line_and_what_is_shown_stays(
    opened: LessonSession, tmp_path: Path, content: bytes
) -> None:
    before = opened.lesson
    (tmp_path / "wrong.md").write_bytes(content)
    opened.open_file(tmp_path / "wrong.md")
    line = line_of("seeds: 3") if b"seeds" in content else 1
    notice = opened.notices.current
    assert notice.is_warning
    assert notice.text.startswith(f"wrong.md, line {line}: ")
    assert opened.lesson is before
    opened.open_file(tmp_path / "none.md")
    assert opened.notices.current.text.startswith("none.md ")


def record(path: Path) -> None:
    opened = open_lesson(path)
    keys = opened.lesson.comparison.run_keys()
    opened.record({key: ended_with(100.0 * key.variant + key.seed) for key in keys})


def last_return(lessons: LessonSession) -> float:
    history = lessons.recorded_history
    assert history is not None
    return history.curve("mean_return").last


def test_recorded_runs_are_shown_at_a_click(qtbot: QtBot, opened: LessonSession, path: Path) -> None:
    assert not opened.has_recorded
    record(path)
    predict(opened)
    assert opened.has_recorded
    opened.show_recorded()
    assert (opened.is_recorded, opened.has_recorded) == (True, False)
    before = opened.history_before
    assert before is not None
    assert before.curve("mean_return").last == 1.0
    qtbot.waitUntil(lambda: opened.playback.bins >= 3)
    opened.toggle()
    assert not opened.is_playing
    played = opened.recorded_history
    assert played is not None
    assert len(played.curve("mean_return")) == opened.playback.bins
    assert played.curve("mean_return").last == 101.0
    opened.playback.hold(True)
    opened.playback.hold(False)
    assert not opened.is_playing, "it was at rest when it was frozen"
    opened.playback.bins = N_BINS - 1
    opened.toggle()
    opened.playback.hold(True)
    assert not opened.is_playing
    opened.playback.hold(False)
    qtbot.waitUntil(lambda: not opened.is_playing)
    opened.toggle()
    opened.playback.hold(True)
    opened.set_visible(False)
    opened.playback.hold(False)
    assert not opened.is_playing, "nobody sees it"
    opened.set_visible(True)
    opened.playback.bins = N_BINS - 1
    opened.toggle()
    qtbot.waitUntil(lambda: not opened.is_playing)
    assert opened.steps == 1000
    assert opened.state is JobState.COMPLETE
    opened.next()
    opened.choose("a")
    opened.next()
    opened.next()
    qtbot.waitUntil(lambda: bool(opened.findings))
    assert [pair.after - pair.before for pair in opened.findings[0].pairs] == [100.0] * 3 + [200.0] * 3


def test_recorded_runs_are_shown_where_runs_fail(
    qtbot: QtBot, opened: LessonSession, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(path)

    def fail(*_: object) -> None:
        raise EnvironmentFailure("no room")

    monkeypatch.setattr(experiment, "make_engine", fail)
    predict(opened)
    opened.run_change()
    qtbot.waitUntil(lambda: opened.is_recorded)
    assert opened.notices.current.is_warning
    assert "no room" in opened.notices.current.text


def test_recorded_runs_are_shown_where_the_run_that_plays_fails(
    qtbot: QtBot, lessons: LessonSession, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(path)

    def fail(*_: object) -> None:
        raise EnvironmentFailure("no room")

    monkeypatch.setattr(worker, "create_run", fail)
    lessons.open_file(path)
    qtbot.waitUntil(lambda: lessons.is_recorded)
    assert "no room" in lessons.notices.current.text
    lessons.playback.bins = N_BINS - 1
    qtbot.waitUntil(lambda: not lessons.is_playing)
    assert last_return(lessons) == 1.0, "what is to be predicted is not shown before"
    assert lessons.history_before is None
    predict(lessons)
    lessons.next()
    assert isinstance(lessons.step, Run), "it waits to be let run all the same"
    lessons.run_change()
    assert lessons.is_playing
    lessons.playback.bins = N_BINS - 1
    qtbot.waitUntil(lambda: not lessons.is_playing)
    assert last_return(lessons) == 101.0
    assert lessons.history_before is not None
    lessons.next()
    assert isinstance(lessons.step, Look)


def test_a_lesson_opened_after_one_whose_run_failed_plays_its_own(
    qtbot: QtBot, lessons: LessonSession, path: Path
) -> None:
    record(path)

    def fail(*_: object) -> None:
        raise EnvironmentFailure("no room")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "create_run", fail)
        lessons.open_file(path)
        qtbot.waitUntil(lambda: lessons.is_recorded)
    lessons.open_file(path)
    assert not lessons.is_recorded
    qtbot.waitUntil(lambda: play(lessons).steps > 0)
    assert not lessons.is_recorded


def test_of_recorded_runs_that_are_damaged_that_is_said(opened: LessonSession, path: Path) -> None:
    record(path)
    opened.opened.recorded_path.write_bytes(b"{}")  # type: ignore[union-attr]
    opened.show_recorded()
    assert not opened.is_recorded
    assert opened.notices.current.is_warning


def test_another_lesson_ends_what_runs_for_the_one_before(
    qtbot: QtBot, opened: LessonSession, path: Path
) -> None:
    let_run(qtbot, opened)
    path.write_bytes(written("id: small", "id: another"))
    opened.open_file(path)
    assert (opened.place, opened.has_run, opened.records) == (0, False, {})
    assert opened.answers == opened.draft == Answers()
    qtbot.waitUntil(lambda: play(opened).run_settings.hyperparameters.clip_range == 0.2)
    assert not play(opened).undo_stack.canUndo(), "the run of the lesson before does not come back"


def test_a_run_that_has_gone_wrong_is_gone_on_with_from_before_that(
    qtbot: QtBot, lessons: LessonSession, path: Path, session: Session
) -> None:
    path.write_bytes(written("lock: speed", "begin: collapsed"))
    lessons.open_file(path)
    run = play(lessons)
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED)
    assert not lessons.may_try
    predict(lessons)
    assert lessons.may_try
    run.show_update(3)
    qtbot.waitUntil(lambda: run.shown_update == 3)
    run.change(clip_range=0.05)
    run.continue_here()
    qtbot.waitUntil(lambda: run.opened.parent is not None and run.steps > 4 * 64)
    assert run.opened.parent is not None
    assert run.opened.parent.update == 3
    assert library.runs() == []
    run.set_speed(None)
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED)
    lessons.run_change()
    assert run.baseline is None, "what was saved is not the run before the change"


def test_the_run_rests_while_nobody_looks_on(
    qtbot: QtBot, opened: LessonSession, qapp: Callable[[], object]
) -> None:
    del qapp
    play(opened).set_speed(20)  # it must not end before anybody has looked
    qtbot.waitUntil(lambda: play(opened).steps > 0)
    opened.set_visible(False)
    qtbot.waitUntil(lambda: play(opened).state is RunState.PAUSED)
    opened.set_visible(True)
    qtbot.waitUntil(lambda: play(opened).state is RunState.RUNNING)


def test_a_run_that_has_ended_plays_from_its_beginning(qtbot: QtBot, opened: LessonSession) -> None:
    run = play(opened)
    run.set_speed(None)
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED)
    run.set_speed(10)
    opened.toggle()
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    assert run.steps < 900
    opened.toggle()
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)


def test_what_was_gone_through_once_stays_so(opened: LessonSession, path: Path) -> None:
    opened.book.keep("small", Answers("a", "so it was", ("a",), is_finished=True))
    opened.open_file(path)
    predict(opened)
    assert opened.is_done("small")
