"""Curves of a run without a widget."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from ppo_desktop import library
from ppo_desktop.ppo.quantities import BITS
from ppo_desktop.runs.past import Past
from ppo_desktop.views.charts.frame import TICK_FONT
from ppo_desktop.views.plot_cards import entropy_card, return_card
from ppo_desktop.views.run_curves import RunCurves
from ppo_desktop.views.theme import Look
from tests.kept_runs import keep_run


@pytest.mark.usefixtures("qapp")
def test_a_ceiling_has_its_name_above_itself_where_no_curve_is() -> None:
    history, look = Past(library.open_run(keep_run(4))).whole, Look()
    line = QFontMetricsF(look.font(TICK_FONT)).height()
    for card, is_at_end in ((entropy_card(BITS, 2), True), (return_card("CartPole-v1"), False)):
        assert card.level is not None
        frame = RunCurves(look, card, history).picture(QRectF(0, 0, 400, 150)).frame
        assert (frame.row(card.level) - frame.area.top() > line) is is_at_end
