"""The legend of curves says what it shows, in as many words as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.views.charts.curve_legend import LegendRow, Series
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.theme import Theme


@pytest.fixture
def legend(qtbot: QtBot, theme: Theme) -> LegendRow:
    legend = LegendRow(theme)
    qtbot.addWidget(legend)
    legend.resize(400, 20)
    with qtbot.waitExposed(legend):
        legend.show()
    return legend


def series(*names: str) -> list[Series]:
    return [
        Series(n, (f"{name}:", name), marker=variant_style(n, len(names))) for n, name in enumerate(names)
    ]


def places(legend: LegendRow) -> dict[object, tuple[int, int]]:
    shown = {key: each for key, each in legend.read_outs.items() if not each.isHidden()}
    return {key: (each.x(), each.width()) for key, each in shown.items()}


def show_values(legend: LegendRow, values: Sequence[str]) -> None:
    for read_out, value in zip(legend.read_outs.values(), values, strict=True):
        read_out.show_value(value)


def test_it_says_what_is_shown_by_now(legend: LegendRow) -> None:
    legend.set_series(series("0.10", "0.20"), "500.0")
    show_values(legend, ["100.0", "400.0"])
    assert legend.text == "0.10: 100.0, 0.20: 400.0"
    assert legend.read_outs[1].text() == "0.20: 400.0"
    legend.set_series(series("0.80"), "500.0")
    assert "0.10" not in legend.text
    legend.set_series((), "")
    assert legend.text == ""


def test_places_are_those_of_the_width_there_is_and_not_of_the_one_before(legend: LegendRow) -> None:
    legend.set_series(series("0.10", "0.20", "0.40"), "500.0")
    wide = places(legend)
    legend.resize(170, 20)
    narrow = places(legend)
    assert narrow[0][1] < wide[0][1]
    legend.resize(400, 20)
    assert places(legend) == wide


def test_an_entry_goes_before_the_samples_of_the_others_do(qtbot: QtBot, theme: Theme) -> None:
    legend = LegendRow(theme, ("Return",))
    qtbot.addWidget(legend)
    legend.resize(600, 20)
    legend.set_series([Series(name, (f"{name}:",)) for name in ("first", "second", "third")], "500.0")
    assert len(places(legend)) == 3
    for width in range(600, legend.minimumSizeHint().width(), -10):
        legend.resize(width, 20)
        entries = [each for each in legend.read_outs.values() if not each.isHidden()]
        assert entries
        if len(entries) > 1:
            assert all(each.form.has_sample for each in entries)


def test_which_values_they_are_is_said_before_them_and_nothing_moves_when_somebody_points(
    legend: LegendRow,
) -> None:
    legend.resize(600, 20)
    legend.set_series(series("0.10", "0.20"), "500.0")
    before = places(legend)
    legend.set_leads([("Latest point  ε", "Pointed at  ε"), ("Latest  ε", "Here  ε")], ("ε", "ε"))
    latest = places(legend)
    assert latest[0][0] > before[0][0]
    assert legend.lead == "Latest point  ε"
    legend.set_pointing(True)
    assert (places(legend), legend.lead) == (latest, "Pointed at  ε")
    legend.resize(sum(latest[1]) - 20, 20)
    assert legend.lead == "Here  ε"
    assert set(places(legend)) == {0, 1}, "the words are shortened before an entry goes"


def test_where_names_and_values_have_no_room_there_are_names_and_values_while_one_points(
    legend: LegendRow,
) -> None:
    legend.set_series(series("0.10", "0.20"), "500.0")
    show_values(legend, ["100.0", "400.0"])
    names_and_values = sum(places(legend)[1])
    legend.resize(names_and_values - 20, 20)
    names = legend.grab().toImage()
    assert set(places(legend)) == {0, 1}
    show_values(legend, ["200.0", "300.0"])
    assert legend.grab().toImage() == names
    legend.set_pointing(True)
    assert legend.grab().toImage() != names
