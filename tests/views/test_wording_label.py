"""Labels that give way say less, and never half a word."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetricsF
from pytestqt.qtbot import QtBot

from ppo_desktop.views.wording_label import CardTitle, ElidedLabel, cut


def test_a_title_gives_way_by_its_wordings(qtbot: QtBot) -> None:
    title = CardTitle("Inside the update", "Update")
    qtbot.addWidget(title)
    width_of = title.fontMetrics().horizontalAdvance
    for width, shown in (
        (width_of("Inside the update"), "Inside the update"),
        (width_of("Inside the update") - 1, "Update"),
        (width_of("Update") - 1, ""),
    ):
        title.resize(width, 20)
        assert title.shown_lines() == [shown]


def test_a_text_of_two_lines_is_whole_at_the_width_it_needs(qtbot: QtBot) -> None:
    label = ElidedLabel(lines=2)
    qtbot.addWidget(label)
    label.setText("Reusing data: with the clip CartPole is learnt, without it the policy is torn apart.")
    label.resize(label.width_needed(), 40)
    assert " ".join(label.shown_lines()).split() == label.text().split()
    assert label.minimumSizeHint().height() >= 2 * label.fontMetrics().lineSpacing()


def test_a_text_is_cut_between_words_whatever_the_room(qtbot: QtBot) -> None:
    del qtbot
    metrics, text = QFontMetricsF(QFont()), "From 0.02 to 0.4 CartPole is learnt"
    whole = ["", *(" ".join(text.split()[:n]) for n in range(1, 8))]
    for room in range(int(metrics.horizontalAdvance(text)) + 2):
        shown = cut(text, metrics, room)
        assert metrics.horizontalAdvance(shown) <= max(room, metrics.horizontalAdvance("…")) + 1
        left = shown.removesuffix("…").rstrip()
        assert left in whole or text.split()[0].startswith(left)
    assert cut(text, metrics, metrics.horizontalAdvance(text)) == text
    assert cut("0.40", metrics, metrics.horizontalAdvance("0.40") - 1) == "…", "0. would be another number"
