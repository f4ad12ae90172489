"""The legend of several variants says to screen readers what it shows."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.views.compare.variant_legend import LegendEntry, VariantLegend
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.theme import Theme


@pytest.fixture
def legend(qtbot: QtBot, theme: Theme) -> VariantLegend:
    legend = VariantLegend(theme)
    qtbot.addWidget(legend)
    legend.resize(400, 20)
    return legend


def entries(*names: str) -> list[LegendEntry]:
    return [LegendEntry(n, variant_style(n, len(names)), name) for n, name in enumerate(names)]


def test_screen_readers_hear_what_is_shown_by_now(legend: VariantLegend) -> None:
    legend.set_entries(entries("0.10", "0.20"), "500.0")
    legend.set_values(["100.0", "400.0"], pointing=False)
    assert legend.accessibleDescription() == "0.10: 100.0, 0.20: 400.0"
    legend.set_frame("ε", "✕ diverged")
    assert legend.accessibleDescription() == "0.10: 100.0, 0.20: 400.0, ✕ diverged"
    legend.set_entries(entries("0.80"), "500.0")
    assert "0.10" not in legend.accessibleDescription()
    legend.set_entries((), "")
    legend.set_frame("", "")
    assert legend.accessibleDescription() == ""


def test_places_are_those_of_the_width_there_is_and_not_of_the_one_before(legend: VariantLegend) -> None:
    legend.set_entries(entries("0.10", "0.20", "0.40"), "500.0")
    wide = legend.areas()
    legend.resize(170, 20)
    narrow = legend.areas()
    assert narrow[0].width() < wide[0].width()
    legend.resize(400, 20)
    assert legend.areas() == wide


def test_which_values_they_are_is_said_before_them_and_nothing_moves_when_somebody_points(
    qtbot: QtBot, theme: Theme, legend: VariantLegend
) -> None:
    naming = VariantLegend(theme, says_which=True)
    qtbot.addWidget(naming)
    for each in (legend, naming):
        each.resize(600, 20)
        each.set_entries(entries("0.10", "0.20"), "500.0")
        each.set_frame("ε", "")
    latest = naming.areas()
    assert latest[0].left() > legend.areas()[0].left()
    naming.set_values(["100.0", "400.0"], pointing=True)
    assert naming.areas() == latest
    naming.resize(round(latest[1].right()) - 20, 20)
    assert set(naming.areas()) == {0, 1}, "the words are shortened before an entry goes"
