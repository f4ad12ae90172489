"""Fields show what there is to choose from, and choose nothing by themselves."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ppo_desktop.views.kit.fields import UpdateBox


def test_an_update_of_a_longer_or_a_shorter_run_than_before_is_shown_and_not_chosen(qtbot: QtBot) -> None:
    last = 20
    box = UpdateBox(lambda: last)
    qtbot.addWidget(box)
    chosen: list[int] = []
    box.chosen.connect(chosen.append)
    box.show_value(10)
    assert box.text() == "10 of 20"
    last = 100
    box.show_value(50)
    assert box.text() == "50 of 100"
    last = 5
    box.show_value(2)
    assert box.text() == "2 of 5"
    assert chosen == []
