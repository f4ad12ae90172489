"""Open policy…: asked for by a file dialog, played in a window beside the main one, judged in another."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPushButton

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.views.judging_window import JudgingWindow
from ppo_desktop.views.main_menu import MainMenu
from ppo_desktop.views.policy_window import PolicyWindow
from tests.end_to_end.conftest import User
from tests.other_threads import in_thread
from tests.policies_in_files import saved_by_stable_baselines3


def test_a_policy_is_chosen_plays_stands_still_when_frozen_and_is_judged(user: User, tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "Größe.zip", policy_kwargs={"net_arch": [8]})
    policy = user.window.policy
    menu = user.window.findChild(MainMenu)
    assert menu is not None
    menu.policy_asked.emit()
    dialog = user.window.findChild(QFileDialog, "file_dialog")
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "Größe.zip"))
    dialog.close()
    user.wait_until(lambda: bool(policy.playing.watched and policy.playing.watched.frame))
    window = user.window.findChild(PolicyWindow)
    assert window is not None
    assert window.isVisible()

    user.window.freeze.toggle()
    frames: list[object] = []
    assert policy.playing._preview is not None
    in_thread(user.qtbot, policy.playing._preview._thread, lambda: None)  # a frame may have been on its way
    policy.playing.frames_changed.connect(lambda: frames.append(None))
    user.qtbot.wait(200)
    assert not frames
    user.window.freeze.toggle()
    user.wait_until(lambda: bool(frames))

    user.find(QPushButton, "policy_judge_button").click()
    user.wait_until(lambda: user.window.judging.state is JobState.COMPLETE)
    judging = user.window.findChild(JudgingWindow)
    assert judging is not None
    assert judging.isVisible()
    (judgement,) = user.window.judging.judgements
    assert judgement.moment.file == "Größe.zip"
    assert judgement.n_played == 100
