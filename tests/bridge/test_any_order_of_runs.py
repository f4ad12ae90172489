"""Whatever is asked of Train, and when: no update is lost, and every run is what its journal says."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from PySide6.QtCore import QCoreApplication, QEventLoop
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge import worker
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import Reopening, StepKind
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import keeping
from ppo_desktop.runs.kept import KeptRun
from ppo_desktop.user_files import runs_folder
from tests.comparisons import SMALL
from tests.kept_runs import numbers_of
from tests.other_threads import run_at_rest

CHANGES = st.sampled_from(
    [{"clip_range": 0.1}, {"clip_range": 0.3}, {"n_envs": 3}, {"rollout_length": 24}, {"hidden_units": 16}]
)
UPDATES = st.integers(0, 40)
_homes = count()


class AnyOrderOfRuns(RuleBasedStateMachine):
    """A window's session, which now and then is closed and opened again.

    Attributes:
        learnt: How many updates each kept run was seen to have.
        opened: All sessions; what belongs to Qt must not be collected as garbage by a thread that learns.
    """

    qtbot: QtBot
    home: Path
    monkeypatch: pytest.MonkeyPatch
    opened: list[Session]

    def __init__(self) -> None:
        super().__init__()
        self.monkeypatch.setenv("PPO_DESKTOP_HOME", str(self.home / f"home {next(_homes)}"))
        self.learnt: dict[str, int] = {}
        self.begin_session(None)

    def begin_session(self, kept: Reopening | None) -> None:
        self.session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1), kept)
        self.session.prepare()
        self.opened.append(self.session)

    @rule()
    def look(self) -> None:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    @rule()
    def let_learn(self) -> None:
        session, pauses = self.session, list[None]()

        def note_pause() -> None:
            if session.state is RunState.PAUSED:  # where a replay comes to its end
                pauses.append(None)

        session.state_changed.connect(note_pause)
        session.train()
        update, shown = session.shown_update, session.history
        self.qtbot.waitUntil(
            lambda: (
                bool(pauses)
                or session.shown_update > update + 3
                or session.history is not shown
                or session.state is RunState.FINISHED
                or session.notices.current.is_warning
            )
        )
        session.state_changed.disconnect(note_pause)

    @rule(kind=st.sampled_from(StepKind))
    def step(self, kind: StepKind) -> None:
        self.session.step(kind)

    @rule(wish=st.sampled_from(["train", "pause", "reset", "new_seed", "continue_here"]))
    def wish(self, wish: str) -> None:
        getattr(self.session, wish)()

    @rule(changes=CHANGES)
    def change(self, changes: dict[str, float]) -> None:
        self.session.change(**changes)

    @rule(update=UPDATES)
    def show_update(self, update: int) -> None:
        self.session.show_update(update)

    @rule(update=UPDATES)
    def replay(self, update: int) -> None:
        self.session.replay(update)

    @rule(environment_id=st.sampled_from(["CartPole-v1", "FrozenLake-v1", "Nonsense-v9"]))
    def choose_environment(self, environment_id: str) -> None:
        self.session.choose_environment(environment_id)

    @rule(data=st.data())
    def open(self, data: st.DataObject) -> None:
        if self.learnt:
            self.session.open_kept(data.draw(st.sampled_from(sorted(self.learnt))))

    @rule(wish=st.sampled_from(["undo", "redo"]))
    def undo(self, wish: str) -> None:
        getattr(self.session.undo_stack, wish)()

    @rule()
    def rest(self) -> None:
        self.session.pause()
        run = run_at_rest(self.qtbot, self.session)
        assert self.session.shown_update == run.update
        if self.session.is_at_end:
            assert self.session.settings.hyperparameters == run.asked_for
            assert self.session.changes_here == {}

    @rule()
    def begin_anew(self) -> None:
        """Close the window and open another one."""
        shown = self.session.standing
        self.session.close()
        self.nothing_is_lost()
        self.begin_session(Reopening(shown.run, shown.update) if shown.run else None)

    @invariant()
    def note_what_is_learnt(self) -> None:
        session = self.session
        if session.kept_run:
            known = self.learnt.get(session.kept_run, 0)
            self.learnt[session.kept_run] = max(known, session.last_update)
            assert session.shown_update <= session.last_update

    def nothing_is_lost(self) -> None:
        for run, updates in self.learnt.items():
            assert library.open_run(run).journal.updates >= updates

    def teardown(self) -> None:
        self.session.close()
        self.nothing_is_lost()
        for run in self.learnt:
            kept, from_its_beginning = KeptRun(runs_folder() / run), KeptRun(runs_folder() / run)
            assert kept.journal.n_left_out == 0
            updates = numbers_of(kept.journal)[0]["update"].tolist()
            assert updates == list(range(kept.journal.begins_after + 1, kept.journal.updates + 1))
            self.monkeypatch.setattr(from_its_beginning, "_checkpoints", lambda _begin, _known=None: iter(()))
            assert kept.restore().parameters_sha256() == from_its_beginning.restore().parameters_sha256()


def test_nothing_learnt_is_lost_and_all_of_it_can_be_learnt_again(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.02)
    monkeypatch.setattr(worker, "SOON_SECONDS", 0.0)
    machine = AnyOrderOfRuns
    machine.qtbot, machine.home, machine.monkeypatch, machine.opened = qtbot, tmp_path, monkeypatch, []
    run_state_machine_as_test(
        machine, settings=settings(max_examples=10, stateful_step_count=25, deadline=None)
    )
