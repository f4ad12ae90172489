"""The right column shows a run truly, linked, and at a cost that does not grow."""

import dataclasses
import math
import re

import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QMenu, QPushButton

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import EpisodeEnded, HyperparametersChanged
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.runs.history import CAPACITY, History
from ppo_desktop.runs.symptoms import LARGE_KL
from ppo_desktop.views.charts.curve_legend import NO_VALUE
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.plots_panel import PlotsPanel
from ppo_desktop.views.theme import Theme
from tests.drawn_points import points_drawn
from tests.tagged_marks import shown_labels
from tests.updates import UPDATE as SOME_UPDATE

UPDATE = dataclasses.replace(
    SOME_UPDATE,
    policy_entropy=0.5,
    approx_kl=0.0113,
    explained_variance=0.71,
    policy_gradient_norm=0.18,
    value_gradient_norm=44.8,
)


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp)
    yield theme
    theme.set_projector(False)
    theme.deleteLater()


@pytest.fixture
def panel(qtbot, theme):
    panel = PlotsPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(700, 880)
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def make_history(*updates):
    history = History()
    for number, changes in enumerate(updates, start=1):
        steps = 1024 * number
        history.add(EpisodeEnded(steps - 10, 0, 100.0 * number, 100, 50.0 * number))
        history.add(dataclasses.replace(UPDATE, update=number, steps=steps, **changes))
    return history


def redraw(qtbot, panel, history):
    """Show a history, and wait until every plot has had its turn to show the same steps."""
    panel.redraw(history)
    qtbot.waitUntil(lambda: all_show(panel, *panel.steps.shown))


def all_show(panel, low, high):
    return all(card.plot.viewRange()[0] == pytest.approx([low, high]) for card in panel.plots)


def plot(panel, name):
    return panel.findChild(pg.PlotWidget, name)


def diagnostic(panel, column):
    return next(card for card in panel.plots if column in card.read_outs).read_outs[column].value


@pytest.mark.parametrize("name", ["return_plot", "entropy_plot", "clip_fraction_plot"])
def test_the_three_plots_have_names(panel, name):
    assert plot(panel, name).accessibleName().endswith("over environment steps")


def test_the_threshold_is_a_dashed_line_at_475(panel):
    assert panel.return_card.level.value == 475
    assert panel.return_card.level.text == "solved at 475"


def test_an_environment_without_threshold_has_no_line(panel):
    panel.show_run("Pendulum-v1", None, Algorithm.PPO)
    assert panel.return_card.level.value is None
    assert panel.return_card.value_range == (-1800, 0)


def test_an_unknown_environment_gets_its_range_from_the_data(panel):
    panel.show_run("Elsewhere-v0", 4, Algorithm.PPO)
    panel.redraw(make_history({}, {}))
    assert panel.return_card.value_range == (50, 200)


def test_numbers_are_written_as_everywhere(panel):
    panel.redraw(make_history({}, {}))
    assert panel.return_card.read_outs["mean_return"].text() == "mean of all 2: 100.0"
    assert panel.entropy_card.read_outs["policy_entropy"].value == "0.721 bits (72 % of max)"
    assert panel.clip_fraction_card.read_outs["clip_fraction"].text() == "outside the band 6.6 %"
    assert panel.clip_fraction_card.read_outs["gradient_cut_fraction"].text() == "gradient cut 3.1 %"
    values = [
        diagnostic(panel, column)
        for column in (
            "approx_kl",
            "explained_variance",
            "value_loss",
            "policy_gradient_norm",
            "value_gradient_norm",
        )
    ]
    assert values == ["0.0113", "0.71", "18.2", "0.18", "45"]


def test_entropy_is_plotted_in_bits_and_rescaled_by_the_logarithm_of_two(panel, qtbot):
    panel.redraw(make_history({}))

    def plotted():
        return panel.entropy_card.curves.curves[0].line[1].tolist()

    assert plotted() == pytest.approx([0.5 / math.log(2)])
    assert panel.entropy_card.level.value == pytest.approx(1.0)
    with qtbot.waitSignal(panel.entropy_unit_changed) as changed:
        panel.findChild(QPushButton, "entropy_nats_button").click()
    assert changed.args == ["nats"]
    assert plotted() == pytest.approx([0.5])
    assert panel.entropy_card.level.value == pytest.approx(math.log(2))
    assert panel.entropy_card.read_outs["policy_entropy"].value == "0.500 nats (72 % of max)"


def test_setting_the_unit_presses_its_button_and_tells_once(panel, qtbot):
    with qtbot.waitSignal(panel.entropy_unit_changed):
        panel.set_entropy_unit("nats")
    assert panel.findChild(QPushButton, "entropy_nats_button").isChecked()
    with qtbot.assertNotEmitted(panel.entropy_unit_changed):
        panel.set_entropy_unit("nats")


def test_a_gaussian_policy_has_no_ceiling_and_its_negative_entropy_is_visible(panel):
    panel.show_run("Pendulum-v1", None, Algorithm.PPO)
    panel.redraw(make_history({"policy_entropy": 1.4}, {"policy_entropy": -0.8}))
    assert panel.entropy_card.level.value is None
    low, high = plot(panel, "entropy_plot").viewRange()[1]
    assert low < -0.8 / math.log(2) < 1.4 / math.log(2) < high
    assert panel.entropy_card.read_outs["policy_entropy"].value == "−1.154 bits"


def test_a2c_does_not_clip(panel):
    panel.show_run("CartPole-v1", 2, Algorithm.A2C)
    panel.redraw(make_history({}, {}))
    assert panel.clip_fraction_card.note.text.startswith("A2C does not clip")
    assert points_drawn(panel.clip_fraction_card) == 0
    assert panel.clip_fraction_card.read_outs["clip_fraction"].value == NO_VALUE
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    panel.redraw(make_history({}, {}))
    assert points_drawn(panel.clip_fraction_card) > 0


def test_the_curve_of_cut_gradients_is_told_apart_by_its_dashes(panel):
    panel.redraw(make_history({}, {}))
    outside, cut = panel.clip_fraction_card.curves.curves
    assert (outside.stroke, cut.stroke) == (Stroke.BOLD, Stroke.DOTTED)


def with_epsilon(history, epsilon):
    history.hyperparameters = Hyperparameters(clip_range=epsilon)
    return history


def test_without_a_clip_there_is_no_band_and_no_number(panel):
    card = panel.clip_fraction_card
    panel.redraw(with_epsilon(make_history({}, {}), None))
    assert card.note.text.startswith("ε = off")
    assert {read_out.value for read_out in card.read_outs.values()} == {NO_VALUE}
    assert points_drawn(card) == 0
    panel.redraw(with_epsilon(make_history({}, {}), 0.2))
    assert card.note.text == ""
    assert card.read_outs["clip_fraction"].value == "6.6 %"


def test_from_where_the_clip_is_switched_off_there_is_no_band(panel):
    card = panel.clip_fraction_card
    history = with_epsilon(make_history({}, {}), 0.2)
    history.add(HyperparametersChanged(2048, 3, {"clip_range": (0.2, None)}))
    history.add(dataclasses.replace(UPDATE, update=3, steps=3072))
    panel.redraw(history)
    assert card.curves.veiled == ((2048, 3072),)
    assert card.read_outs["clip_fraction"].value == "no band"
    card.set_crosshair(1024)
    assert card.read_outs["clip_fraction"].value == "6.6 %"
    card.set_crosshair(None)
    history.add(HyperparametersChanged(3072, 20, {"clip_range": (None, 0.1)}))
    history.add(dataclasses.replace(UPDATE, update=20, steps=4096))
    panel.redraw(history)
    assert card.curves.veiled == ((2048, 3072),)
    assert card.read_outs["clip_fraction"].value == "6.6 %"


def test_explained_variance_where_returns_hardly_vary_is_no_number_and_not_in_the_typical_one(panel):
    card = panel.small_plots["explained_variance_plot"]
    calm = {"return_spread": 0.1, "explained_variance": -3.0}
    panel.redraw(make_history({}, {}, calm, calm, calm))
    read_out = card.read_outs["explained_variance"]
    assert (read_out.value, read_out.others) == (NO_VALUE, ("0.71", "0.71"))
    card.set_crosshair(1024)
    assert (read_out.value, card.header.is_grey) == ("0.71", False)
    card.set_crosshair(4096)
    assert (read_out.value, card.header.is_grey) == (NO_VALUE, True)
    card.set_crosshair(None)


def test_only_the_part_in_which_returns_hardly_vary_is_grey_and_says_why(panel):
    card = panel.small_plots["explained_variance_plot"]
    calm = {"return_spread": 0.1, "explained_variance": -3.0}
    panel.redraw(make_history({}, {}, calm, calm))
    assert card.curves.veiled == ((2560, 4096),)  # from half way between the second and the third update
    assert card.header.is_grey
    assert card.header.remark.startswith(NO_VALUE), "why there is no number"
    panel.redraw(make_history({}, calm, {}, {}))
    assert card.curves.veiled == ((1536, 2560),)
    assert not card.header.is_grey
    assert card.header.remark.lower().startswith("grey")
    panel.redraw(make_history({}, {}, {}))
    assert card.curves.veiled == ()
    assert card.header.remark == ""


def test_diagnostics_show_the_last_a_typical_and_the_largest_value(panel):
    panel.redraw(make_history(*({"approx_kl": kl, "value_gradient_norm": kl} for kl in (0.02, 0.3, 0.01))))
    kl = panel.small_plots["approx_kl_plot"].read_outs["approx_kl"]
    assert (kl.value, *kl.others) == ("0.0100", "0.0200", "0.300")
    norm = panel.small_plots["gradient_norm_plot"].read_outs["value_gradient_norm"]
    assert (norm.value, *norm.others) == ("0.01", "0.02", "0.30")
    assert "typical 0.0200" in kl.text()
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    assert (kl.value, *kl.others) == (NO_VALUE,) * 3


def test_the_kl_axis_is_the_same_in_every_run_and_names_what_a_large_step_is(panel):
    card = panel.small_plots["approx_kl_plot"]
    ranges = set()
    for kl in (0.0, 1e-9, 0.005, 0.1, 7.0, 1e6):
        panel.redraw(make_history({"approx_kl": kl}))
        ranges.add(card.value_range)
    assert len(ranges) == 1
    assert card.level.value == pytest.approx(math.log10(LARGE_KL))
    assert str(LARGE_KL) in card.level.text


@pytest.mark.parametrize("height", [60, 300])
def test_of_how_many_of_the_latest_updates_a_large_step_is_said_is_counted(qtbot, panel, height):
    card = panel.small_plots["approx_kl_plot"]
    panel.redraw(make_history(*({"approx_kl": kl} for kl in [*[0.2] * 10, *[0.01] * 14, *[0.3] * 5, 0.1])))
    card.header.resize(card.header.sizeHint().width(), height)
    assert re.search(r"\b5\b.*\b20\b|\b20\b.*\b5\b", card.header.remark)
    assert str(LARGE_KL) in card.header.remark
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    assert "20" not in card.header.remark


def test_runs_with_the_same_budget_are_drawn_on_the_same_steps(panel):
    for updates in (1, 20, 60):
        history = make_history(*[{}] * updates)
        history.hyperparameters = Hyperparameters(total_steps=60_000)
        panel.redraw(history)
        assert panel.steps.shown == (0, max(60_000, 1024 * updates))


def test_what_is_drawn_pale_is_named(panel):
    panel.redraw(make_history({}, {}))
    assert panel.pale_legend.isHidden()
    panel.show_baseline(make_history({}, {}))
    assert "pinned" in panel.pale_legend.text()
    panel.show_baseline(None)
    assert panel.pale_legend.isHidden()
    panel.redraw(make_history(*[{}] * (CAPACITY + 1)))
    assert "lowest to highest" in panel.pale_legend.text()
    for plot in panel.plots:
        plot.setHidden(plot is not panel.return_card)
    panel.redraw(make_history(*[{}] * (CAPACITY + 1)))
    assert ("lowest to highest" in panel.pale_legend.text()) == panel.return_card.shows_ranges


@pytest.mark.parametrize("width", [380, 500, 900])
def test_what_the_legend_has_no_room_for_is_named_below(panel, width):
    panel.resize(width, 880)
    panel.redraw(make_history({}, {}))
    below = panel.pale_legend.text()
    for column, word in (("return", "episodes"), ("recent_return", "mean of 20")):
        assert panel.return_card.read_outs[column].isVisible() != (word in below)
    thin = panel.return_card.read_outs["recent_return"]
    assert thin.isVisible() or f"mean of 20: {thin.value}" in below


def test_an_explained_variance_far_below_zero_stays_in_the_picture(panel):
    panel.redraw(make_history({"explained_variance": -10.0}))
    card = panel.small_plots["explained_variance_plot"]
    assert card.curves.curves[0].line[1].tolist() == [-1]
    assert card.value_range == (-1, 1)
    assert diagnostic(panel, "explained_variance") == "−10"


def test_a_rounded_zero_has_no_sign(panel):
    panel.redraw(make_history({"explained_variance": -0.001}))
    assert diagnostic(panel, "explained_variance") == "0.00"


def test_a_kl_of_zero_is_drawn_at_the_floor(panel):
    panel.redraw(make_history({"approx_kl": 0.0}))
    card = panel.small_plots["approx_kl_plot"]
    assert card.curves.curves[0].line[1].tolist() == [-6]


def test_marks_stand_in_every_plot(qtbot, panel):
    history = make_history({}, {})
    history.add(HyperparametersChanged(1500, 2, {"clip_range": (0.2, 0.15)}))
    redraw(qtbot, panel, history)
    assert all([mark.steps for mark in card.marks.marks] == [1500] for card in panel.plots)
    assert all(shown_labels(card.marks) == ["ε 0.20→0.15"] for card in panel.plots[:3])
    assert all(shown_labels(card.marks) == [] for card in panel.plots[3:])


def test_a_crowded_plot_names_the_marks_of_its_own_concept(qtbot, panel):
    history = make_history(*[{}] * 10)
    for steps, field in enumerate(("clip_range", "entropy_coef", "gamma", "gae_lambda", "learning_rate")):
        history.add(HyperparametersChanged(5000 + steps, 5, {field: (0.2, 0.15)}))
    redraw(qtbot, panel, history)
    assert "ε 0.20→0.15" in shown_labels(panel.clip_fraction_card.marks)
    assert "cₕ 0.20→0.15" in shown_labels(panel.entropy_card.marks)
    assert "ε 0.20→0.15" not in shown_labels(panel.entropy_card.marks)


def test_the_arrow_keys_reach_the_other_unit_and_a_click_leaves_the_focus(panel, qtbot):
    bits, nats = (panel.entropy_switch.buttons[unit] for unit in ("bits", "nats"))
    taken = QShortcut(Qt.Key.Key_Right, panel)
    panel.activateWindow()
    qtbot.mouseClick(nats, Qt.MouseButton.LeftButton)
    assert not nats.hasFocus()
    panel.set_entropy_unit("bits")
    bits.setFocus()
    with qtbot.assertNotEmitted(taken.activated):
        qtbot.keyClick(bits, Qt.Key.Key_Right)
    qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Space)
    assert panel.entropy_unit == "nats"


def test_all_plots_show_the_same_steps(qtbot, panel):
    redraw(qtbot, panel, make_history({}, {}))
    assert all_show(panel, 0, 5000)
    plot(panel, "entropy_plot").setXRange(500, 1500, padding=0)
    qtbot.waitUntil(lambda: all_show(panel, 500, 1500))


def test_left_edges_of_the_three_plots_stand_under_each_other(panel):
    panel.redraw(make_history({}, {}))
    edges = {card.plot.getViewBox().sceneBoundingRect().left() for card in panel.plots[:3]}
    assert len(edges) == 1


def test_a_zoomed_plot_stays_while_the_run_goes_on_until_the_whole_run_is_asked_for(panel):
    panel.redraw(make_history({}, {}))
    assert panel.steps.whole_run_button.isHidden()
    plot(panel, "return_plot").setXRange(500, 1500, padding=0)
    panel.redraw(make_history(*[{}] * 20))
    assert panel.steps.shown == pytest.approx((500, 1500))
    assert not panel.steps.whole_run_button.isHidden()
    panel.steps.whole_run_button.click()
    assert panel.steps.shown == (0, 50_000)
    assert panel.steps.whole_run_button.isHidden()


def test_a_new_run_shows_everything_from_the_start(panel):
    panel.redraw(make_history(*[{}] * 20))
    plot(panel, "return_plot").setXRange(500, 1500, padding=0)
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    assert panel.steps.shown == (0, 1000)
    assert points_drawn(*panel.plots) == 0


def test_pointing_at_one_plot_points_at_all(panel, qtbot):
    panel.redraw(make_history({}, {"policy_entropy": 0.2}))
    panel.entropy_card.plot.hovered.emit(1030.0)
    assert [card.crosshair.steps for card in panel.plots] == [1030.0] * 7
    assert panel.entropy_card.read_outs["policy_entropy"].value.startswith("0.721 bits")
    panel.entropy_card.plot.hovered.emit(None)
    qtbot.waitUntil(lambda: panel.return_card.crosshair.steps is None)


def test_a_hidden_panel_draws_when_it_is_shown(panel):
    panel.hide()
    panel.redraw(make_history({}, {}))
    assert points_drawn(*panel.plots) == 0
    panel.show()
    assert points_drawn(*panel.plots) > 0


def test_drawing_nothing_new_hands_over_nothing(panel):
    history = make_history({}, {})
    panel.redraw(history)
    before = panel.entropy_card.curves.curves
    panel.redraw(history)
    assert panel.entropy_card.curves.curves is before


def test_a_hundred_thousand_updates_are_drawn_with_a_bounded_number_of_points(panel):
    history = History()
    for number in range(100_000):
        history.add(EpisodeEnded(20 * number, 0, float(number % 500), 20, 250.0))
    spike = dataclasses.replace(UPDATE, clip_fraction=0.9, steps=1_000_000, update=50_000)
    for number in range(100_000):
        history.add(
            spike if number == 50_000 else dataclasses.replace(UPDATE, steps=20 * number, update=number)
        )
    panel.redraw(history)
    for card in panel.plots:
        assert 0 < points_drawn(card) <= 4 * CAPACITY * len(card.read_outs)
    assert panel.clip_fraction_card.curves.curves[0].pale[0][1].max() == pytest.approx(90)


@pytest.mark.parametrize("projector", [False, True])
@pytest.mark.parametrize("size", [(560, 600), (1400, 1900)])
def test_read_outs_stay_inside_their_cards(panel, theme, projector, size):
    theme.set_projector(projector)
    panel.resize(*size)
    panel.redraw(make_history({}, {}))
    for card in panel.plots:
        for read_out in card.read_outs.values():
            assert read_out.isHidden() or card.header.rect().contains(read_out.geometry())


def test_steps_are_labelled_once_where_there_is_little_room(panel):
    def labelled():
        return [card.plot.getPlotItem().getAxis("bottom").style["showValues"] for card in panel.plots[:3]]

    panel.resize(700, 880)
    assert labelled() == [True, True, True]
    panel.resize(560, 600)
    assert labelled() == [False, False, True]


# ---- which small plots are shown


def small(panel, place):
    return panel.plots[3 + place]


def test_another_small_plot_can_be_chosen_in_the_place_of_one(qtbot, panel):
    panel.redraw(make_history({"max_ratio": 1.4}, {"max_ratio": 2.5}))
    qtbot.mouseClick(small(panel, 0).header.choice, Qt.MouseButton.LeftButton)
    (menu,) = panel.findChildren(QMenu)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["Approximate KL"]
    next(action for action in menu.actions() if action.text() == "Largest ratio").trigger()
    menu.close()
    assert panel.small_shown[0] == "max_ratio_plot"
    assert small(panel, 0).isVisible()
    assert not panel.small_plots["approx_kl_plot"].isVisible()
    assert diagnostic(panel, "max_ratio") == "2.50"
    assert plot(panel, "max_ratio_plot").accessibleName() == "Largest ratio over environment steps"


def test_two_small_plots_that_are_shown_change_places(panel):
    before = panel.small_shown
    panel.show_small_plots([before[1], before[0], *before[2:]])
    assert small(panel, 0) is panel.small_plots["explained_variance_plot"]
    assert all(plot.isVisible() for plot in panel.plots)


def test_names_that_are_not_known_or_too_few_bring_the_usual_small_plots(panel):
    usual = panel.small_shown
    for names in ([], ["max_ratio_plot"], ["max_ratio_plot", "no_such_plot", *usual[2:]], [usual[0]] * 4):
        panel.show_small_plots(names)
        assert panel.small_shown == usual


def test_a_small_plot_that_was_away_knows_only_the_present_run(panel):
    first = panel.small_shown
    panel.show_small_plots(["epochs_run_plot", *first[1:]])
    panel.redraw(make_history({"epochs_run": 4}))
    panel.show_small_plots(["max_ratio_plot", "min_ratio_plot", *first[2:]])
    panel.show_small_plots(first)
    panel.show_run("CartPole-v1", 2, Algorithm.PPO)
    panel.show_small_plots(["epochs_run_plot", *first[1:]])
    assert diagnostic(panel, "epochs_run") == NO_VALUE
    panel.redraw(make_history({"epochs_run": 2}))
    assert diagnostic(panel, "epochs_run") == "2.0"
