"""A window that is opened again stands where the one before was left."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ppo_desktop.bridge.session import RunState
from ppo_desktop.user_files import runs_folder, settings_file
from tests.end_to_end.conftest import User
from tests.kept_runs import keep_run


@pytest.mark.parametrize("back_to", [None, 2])
def test_page_settings_and_the_run_at_rest_are_there_again(
    user: User, open_window: Callable[[], User], back_to: int | None
) -> None:
    session = user.session
    session.set_most_bytes(50_000_000_000)
    session.choose_seed(77)
    session.change(learning_rate=0.005)
    session.train()
    user.wait_until(lambda: session.shown_update >= 5)
    session.pause()
    user.wait_until_at_rest()
    if back_to is not None:
        session.show_update(back_to)
        user.wait_until_at_rest()
        session.change(clip_range=0.05)
    user.window.show_page(user.window.pages[1])
    shown = session.standing, session.shown_update, session.last_update
    changes = session.changes_here
    user.window.close()

    again = open_window()
    user.wait_until(lambda: again.session.kept_run != "")
    again.wait_until_ready()
    assert (again.session.standing, again.session.shown_update, again.session.last_update) == shown
    assert again.session.changes_here == changes
    assert again.session.state is RunState.PAUSED
    assert again.session.is_at_end == (back_to is None)
    assert again.session.most_bytes == 50_000_000_000
    user.wait_until(lambda: again.window.page is again.window.pages[1])
    assert again.session.notices.current.text == ""


def test_values_and_seed_of_a_run_that_has_not_begun_are_there_again(
    user: User, open_window: Callable[[], User]
) -> None:
    user.session.choose_environment("Acrobot-v1")
    user.session.choose_seed(77)
    user.session.change(clip_range=0.123)
    user.wait_until_at_rest()
    settings = user.session.settings
    user.window.close()
    again = open_window()
    again.wait_until_ready()
    assert again.session.settings == again.session.run_settings == settings


@pytest.mark.parametrize("run", ["20260101-000000-gone", "..", "/etc"])
def test_a_run_that_cannot_be_had_any_more_is_named_and_another_begins(
    open_window: Callable[[], User], run: str
) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(json.dumps({"version": 2, "run": run, "hyperparameters": "[1", "seed": "x"}))
    user = open_window()
    user.wait_until(lambda: user.session.notices.current.is_warning)
    user.wait_until_ready()
    user.session.train()
    user.wait_for_steps(100)


def test_runs_make_room_for_others_but_for_those_that_undo_brings_back_and_that_is_said_once(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keep_run()
    user.session.train()
    user.wait_until(lambda: user.session.shown_update >= 3)
    user.session.pause()
    user.wait_until_at_rest()
    first = user.session.kept_run
    user.session.set_most_bytes(1)
    monkeypatch.setattr("ppo_desktop.bridge.worker.MAKE_ROOM_SECONDS", 0)
    user.session.reset()
    user.wait_until(lambda: user.session.announcements.current.text != "")
    assert not (runs_folder() / old).exists()
    user.session.undo_stack.undo()
    user.wait_until(lambda: user.session.kept_run == first)


def test_what_was_to_be_remembered_is_not_written_over_what_the_closed_window_has(user: User) -> None:
    user.wait_until_ready()
    asides: list[Callable[[], None]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(user.session, "do_aside", asides.append)
        user.window._remember()
    user.session.change(clip_range=0.05)
    user.window.close()
    saved = settings_file().read_text("utf-8")
    asides[0]()
    assert settings_file().read_text("utf-8") == saved
    assert "0.05" in saved


def test_a_window_that_was_never_closed_has_lost_no_more_than_the_last_moment(
    user: User, open_window: Callable[[], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.shown_update >= 3)
    user.session.pause()
    user.wait_until_at_rest()
    user.wait_until(
        lambda: settings_file().exists() and user.session.kept_run in settings_file().read_text("utf-8")
    )
    run, last = user.session.kept_run, user.session.last_update
    monkeypatch.setattr(user.window, "_save", lambda _preferences: None)  # as if it had been killed
    user.window.close()
    again = open_window()
    again.wait_until(lambda: again.session.kept_run == run)
    assert again.session.shown_update == last
