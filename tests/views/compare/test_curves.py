"""The curves of a comparison show means, intervals and single seeds truly, and answer to the mouse."""

from __future__ import annotations

import html
import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import COLUMNS
from ppo_desktop.comparison.store import new_file
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import make_environment, spaces_of
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.views.charts.curve_legend import NO_VALUE
from ppo_desktop.views.charts.curves import NOTHING, CurveShape
from ppo_desktop.views.compare.curves import ComparisonCurves, why_nothing_is_drawn
from ppo_desktop.views.plot_cards import column_card
from ppo_desktop.views.theme import Appearance, Theme
from tests.comparisons import BUDGET, SMALL, compared, episode, finished, record_of, update
from tests.comparisons_running import ENDLESS
from tests.redrawn import wait_until_redrawn


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp)
    yield theme
    theme.set_projector(False)
    theme.deleteLater()


@pytest.fixture
def comparisons(qapp, tmp_path):
    session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    comparisons = ComparisonSession(session, tmp_path / "comparisons")
    comparisons.inquiry.set_visible(True)
    yield comparisons
    comparisons.close()
    session.close()


@pytest.fixture
def curves(qtbot, theme, comparisons):
    curves = ComparisonCurves(comparisons, theme)
    qtbot.addWidget(curves)
    curves.resize(800, 600)
    with qtbot.waitExposed(curves):
        curves.show()
    return curves


def run(episode_return, *, until=BUDGET, reason=FinishReason.COMPLETED, **figures):
    """A run whose episodes all had this return, with ten steps in each bin."""
    events = []
    for steps in range(10, until + 1, 10):
        events += [episode(steps, episode_return), update(steps, **figures)]
    return record_of([*events, finished(until, reason)])


def show(qtbot, comparisons, returns, values=(0.1, 0.2), **others):
    """Keep a comparison with runs of these returns, {variant: those of its seeds}, and open it."""
    n_seeds = max(len(seeds) for seeds in returns.values())
    comparison = compared(values, n_seeds)
    file = new_file(comparisons.folder, comparison)
    for variant, seeds in returns.items():
        for seed, told_return in enumerate(seeds, start=1):
            key = RunKey(variant, seed)
            record = others.get(f"run_{variant}_{seed}") or run(told_return)
            file.add(key, record)
    with qtbot.waitSignal(comparisons.digest_changed):
        comparisons.open(file.path)
    wait_until_redrawn(qtbot)


def drawn(plot, variant):
    return plot.curves.curves[variant]


def test_before_the_first_comparison_it_says_how_to_begin(curves):
    assert curves.large.note.text.startswith("Press Compare")
    assert curves.large.curves.curves == ()


def test_where_every_run_failed_it_says_why(qtbot, comparisons, curves):
    failed = {
        f"run_{variant}_1": record_of([finished(0, FinishReason.FAILED, "It broke.")]) for variant in (0, 1)
    }
    show(qtbot, comparisons, {0: (0.0,), 1: (0.0,)}, **failed)
    assert curves.large.note.text == "No run could be trained. It broke."


def test_while_runs_are_going_on_points_are_promised_and_afterwards_not():
    assert "first points" in why_nothing_is_drawn(JobState.RUNNING, None)
    for state in (JobState.RESTING, JobState.COMPLETE):
        assert "in a moment" in why_nothing_is_drawn(state, None), "it is only being loaded"


def test_that_it_was_stopped_too_early_is_said_of_what_was_stopped_alone(qtbot, comparisons):
    comparisons.planning.set_up(compared(total_steps=ENDLESS))
    comparisons.start()
    comparisons.stop()
    qtbot.waitUntil(lambda: comparisons.digest is not None)
    assert "stopped" in why_nothing_is_drawn(JobState.RESTING, comparisons.digest)
    assert "stopped" not in why_nothing_is_drawn(JobState.COMPLETE, comparisons.digest)


def test_a_line_is_the_mean_over_seeds_and_the_band_their_interval(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0, 200.0, 300.0), 1: (400.0, 400.0, 400.0)})
    curve = drawn(curves.large, 0)
    assert curve.line[1].tolist() == [200.0] * 100
    assert (curve.band[1] < 200.0).all()
    assert (curve.band[2] > 200.0).all()
    assert drawn(curves.large, 1).band[1].tolist() == [400.0] * 100
    assert curves.large.note.text == ""
    assert curves.header.legend.text == "0.10: 200.0, 0.20: 400.0"


def test_one_seed_has_no_band_and_this_is_said(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    assert np.isnan(drawn(curves.large, 0).band[1]).all()
    assert curves.header.remark.text().startswith("one seed, so no interval")


def test_what_is_drawn_is_said_with_true_numbers(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0, 200.0), 1: (400.0, 400.0)})
    assert curves.header.remark.text() == (
        "mean of 2 seeds, band: 95 % bootstrap interval; each point: episodes that ended in 10 steps"
    )


def test_before_all_runs_have_ended_the_band_claims_no_confidence(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0, 200.0), 1: (400.0,)})
    said = curves.header.remark.text()
    assert "so far" in said
    assert "95 %" not in said


def test_without_room_the_remark_is_shortened_and_the_tooltip_has_all_of_it(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0, 200.0), 1: (400.0, 400.0)})
    curves.resize(500, 500)
    assert curves.header.remark.shown_lines() == ["mean of 2 seeds, band: 95 % bootstrap interval"]
    assert "ended in 10 steps" in curves.header.toolTip()


def test_every_plot_keeps_its_tooltip_whatever_environment_is_set_up(comparisons, curves):
    for environment_id in ("Pendulum-v1", "CartPole-v1", "Pendulum-v1"):
        comparisons.planning.choose_environment(environment_id)
        for header, plot in zip((curves.header, *curves.headers), curves.plots, strict=True):
            meaning = GLOSSARY[plot.card.explanation].tooltip.split("\n")[0]
            assert meaning in html.unescape(header.toolTip())
            assert plot.toolTip() == ""  # there it would cover what is pointed at


def test_single_seeds_are_drawn_on_demand(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0, 200.0), 1: (400.0, 400.0)})
    assert len(drawn(curves.large, 0).pale) == 0
    qtbot.mouseClick(curves.findChild(QPushButton, "show_seeds_button"), Qt.MouseButton.LeftButton)
    assert comparisons.shows_seeds
    assert [values[-1] for _, values in drawn(curves.large, 0).pale] == [100.0, 200.0]
    assert "thin: each seed" in curves.header.remark.text()


def test_entropies_are_drawn_in_bits_and_fractions_in_percent(qtbot, comparisons, curves):
    figures = {"policy_entropy": math.log(2), "clip_fraction": 0.25, "approx_kl": 0.01}
    runs = {f"run_{variant}_1": run(100.0, **figures) for variant in (0, 1)}
    show(qtbot, comparisons, {0: (100.0,), 1: (100.0,)}, **runs)
    qtbot.waitUntil(lambda: all(plot.curves.curves for plot in curves.small))
    ends = [drawn(plot, 0).line[1][-1] for plot in curves.small]
    assert ends == pytest.approx([1.0, 25.0, -2.0])
    assert curves.small[0].level.value == 1.0


def test_the_threshold_is_a_line_where_the_environment_has_one(qtbot, comparisons, curves):
    assert curves.large.level.value == 475
    comparisons.planning.choose_environment("Pendulum-v1")
    assert curves.large.level.value is None
    assert curves.large.value_range == (-1800, 0)


def test_an_environment_that_is_not_built_in_has_the_threshold_it_is_registered_with_and_is_not_made():
    assert column_card("return", "CartPole-v0").level == 195
    assert column_card("return", "no_such_module:Thing-v0").level is None


@pytest.mark.parametrize(("returns", "above"), [((470.0, 440.0), True), ((300.0, 500.0), False)])
def test_the_name_of_the_threshold_stands_where_no_curve_runs(qtbot, comparisons, curves, returns, above):
    show(qtbot, comparisons, {variant: (value,) for variant, value in enumerate(returns)})
    label = curves.large.level
    assert curves.large.curves.is_free(label.area())
    assert (label.area().center().y() < label.y_pixel(475.0)) == above


def test_another_figure_can_be_chosen_but_none_twice(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (100.0,)}, run_0_1=run(100.0, max_ratio=10.0))
    combo = curves.findChild(QComboBox, "comparison_column_3")
    offered = [combo.itemText(index) for index in range(combo.count())]
    others = [column for column in COLUMNS if column not in ("return", "policy_entropy", "approx_kl")]
    assert offered == [column_card(column, "CartPole-v1").titles[-1] for column in others]
    combo.setCurrentText("Largest ratio")
    with qtbot.waitSignal(comparisons.digest_changed):
        combo.activated.emit(combo.currentIndex())
    assert comparisons.question.columns[2] == "max_ratio"
    qtbot.waitUntil(lambda: len(curves.small[1].curves.curves) == 2)
    assert drawn(curves.small[1], 0).line[1][-1] == pytest.approx(1.0)
    title = column_card("max_ratio", "CartPole-v1").titles[0]
    assert curves.small[1].plot.accessibleName() == f"{title} over environment steps"


def test_pointing_near_a_curve_highlights_its_variant_and_leaving_clears_it(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    item = curves.large.curves
    place = QPointF(item.x_pixel(500.0), item.y_pixel(400.0) + 5)
    curves.large.plot.pointed.emit(place)
    assert comparisons.highlighted == 1
    assert [plot.curves.highlighted for plot in curves.plots] == [1, 1, 1, 1]
    curves.large.plot.pointed.emit(QPointF(item.x_pixel(500.0), item.y_pixel(250.0)))
    assert comparisons.highlighted is None
    curves.large.plot.pointed.emit(place)
    curves.large.plot.pointed.emit(None)
    assert comparisons.highlighted is None


def test_a_highlight_from_elsewhere_changes_the_picture(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    before = curves.large.plot.grab().toImage()
    comparisons.highlight(0)
    assert curves.large.plot.grab().toImage() != before


def test_pointing_at_the_legend_highlights_and_the_small_plots_say_the_value(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)}, run_1_1=run(400.0, clip_fraction=0.25))
    legend = curves.header.legend
    qtbot.mouseMove(legend.read_outs[1])
    qtbot.waitUntil(lambda: comparisons.highlighted == 1)
    qtbot.waitUntil(lambda: curves.headers[1].legend.text == "0.20: 25.0 %")
    QApplication.sendEvent(legend.read_outs[1], QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: comparisons.highlighted is None)
    assert curves.headers[1].legend.text == ""


def test_the_legend_tells_the_values_at_the_step_pointed_at(qtbot, comparisons, curves):
    events = [episode(steps, float(steps)) for steps in range(10, 1001, 10)]
    show(qtbot, comparisons, {0: (0.0,), 1: (400.0,)}, run_0_1=record_of([*events, finished()]))
    assert curves.header.legend.text == "0.10: 1 000.0, 0.20: 400.0"
    curves.large.plot.hovered.emit(252.0)
    qtbot.waitUntil(lambda: curves.header.legend.text == "0.10: 250.0, 0.20: 400.0")
    assert [plot.crosshair.steps for plot in curves.plots] == [252.0] * 4


def test_zooming_one_plot_zooms_all_and_a_double_click_shows_everything(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    assert curves.steps.shown == (0.0, float(BUDGET))
    curves.small[2].plot.set_steps_range(200.0, 400.0)
    view_box = curves.large.plot.getViewBox()
    qtbot.waitUntil(lambda: view_box.viewRange()[0] == pytest.approx([200.0, 400.0]))
    assert not curves.steps.whole_run_button.isHidden()
    curves.small[0].plot.whole_run_asked.emit()
    assert curves.steps.shown == (0.0, float(BUDGET))
    assert curves.steps.whole_run_button.isHidden()


def test_a_seed_that_diverged_is_marked_where_it_ended(qtbot, comparisons, curves):
    blown_up = run(50.0, until=400, reason=FinishReason.DIVERGED)
    show(qtbot, comparisons, {0: (0.0, 150.0), 1: (400.0, 400.0)}, run_0_1=blown_up)
    assert drawn(curves.large, 0).crosses == [(400.0, 100.0)]
    assert drawn(curves.large, 1).crosses == []
    assert curves.header.legend.text.endswith("✕ diverged")
    comparisons.show_seeds(True)
    assert drawn(curves.large, 0).crosses == [(400.0, 50.0)]


def test_a_run_that_diverged_before_it_told_anything_is_marked_at_the_foot(qtbot, comparisons, curves):
    silent = record_of([finished(100, FinishReason.DIVERGED)])
    show(qtbot, comparisons, {0: (0.0,), 1: (400.0,)}, run_0_1=silent)
    assert drawn(curves.large, 0).crosses == [(100.0, 0.0)]
    assert curves.header.legend.read_outs[0].value == NO_VALUE


def test_every_line_has_markers_of_its_own(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (100.0,)})
    places = [curves.large.curves.marker_places(variant) for variant in (0, 1)]
    assert all(len(own) >= 2 for own in places)
    columns = sorted(place.x() for own in places for place in own)
    assert min(np.diff(columns)) > 20
    assert len({curve.paint_marker for curve in curves.large.curves.curves}) == 2


def test_what_is_hidden_is_drawn_when_it_is_shown(qtbot, comparisons, theme):
    curves = ComparisonCurves(comparisons, theme)
    qtbot.addWidget(curves)
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    assert curves.large.curves.curves == ()
    with qtbot.waitExposed(curves):
        curves.show()
    assert len(curves.large.curves.curves) == 2


def test_another_comparison_takes_the_curves_of_the_last_one_away(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    show(qtbot, comparisons, {0: (50.0,), 1: (60.0,), 2: (70.0,)}, values=(0.1, 0.2, 0.8))
    assert [curve.line[1][-1] for curve in curves.large.curves.curves] == [50.0, 60.0, 70.0]
    assert curves.header.legend.text == "0.10: 50.0, 0.20: 60.0, 0.80: 70.0"


def test_one_move_of_the_mouse_writes_the_values_once(qtbot, comparisons, curves, monkeypatch):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    written = []
    monkeypatch.setattr(curves.header.legend, "set_pointing", written.append)
    curves.large.plot.hovered.emit(252.0)
    qtbot.waitUntil(lambda: curves.small[2].crosshair.steps == 252.0)
    assert written == [True]


def test_what_is_set_up_meanwhile_changes_nothing_about_the_comparison_shown(
    qtbot, comparisons, curves, monkeypatch
):
    show(qtbot, comparisons, {0: (100.0,), 1: (400.0,)})
    drawn_again = []
    monkeypatch.setattr(curves.large, "draw", lambda *_, **__: drawn_again.append(True))
    comparisons.planning.set_total_steps(70_000)
    comparisons.planning.choose_environment("Pendulum-v1")
    assert not drawn_again
    assert curves.steps.shown == (0.0, float(BUDGET))


@pytest.mark.parametrize(
    ("field", "values", "head"), [("algorithm", ("a2c", "ppo"), "Algorithm"), ("clip_range", (0.1, 0.2), "ε")]
)
def test_the_legend_begins_with_what_varies(qtbot, comparisons, curves, field, values, head):
    file = new_file(comparisons.folder, compared(values, 1, field=field))
    for variant in (0, 1):
        file.add(RunKey(variant, 1), run(100.0))
    with qtbot.waitSignal(comparisons.digest_changed):
        comparisons.open(file.path)
    wait_until_redrawn(qtbot)
    assert curves.header.legend.lead.endswith(f"  {head}")


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize("size", [(560, 340), (760, 560)])
def test_eight_variants_fit_in_light_and_dark_and_for_the_last_row(
    qtbot, comparisons, curves, theme, size, appearance
):
    values = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8)
    show(qtbot, comparisons, {variant: (50.0 * variant,) for variant in range(8)}, values=values)
    theme.set_appearance(appearance)
    theme.set_projector(True)
    curves.resize(*size)
    image = curves.grab().toImage()
    corner = curves.large.mapTo(curves, QPoint(4, curves.large.height() // 2))
    assert image.pixelColor(corner) == theme.colour("card")
    assert curves.width() == size[0]
    assert curves.minimumSizeHint().width() <= size[0]


@pytest.mark.parametrize("environment_id", KNOWN_ENVIRONMENTS)
def test_the_ceiling_of_the_entropy_is_that_of_the_environments_actions(environment_id):
    n_actions = spaces_of(make_environment(environment_id)).n_actions
    level = column_card("policy_entropy", environment_id).level
    assert level == (None if n_actions is None else pytest.approx(math.log2(n_actions)))


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_can_be_drawn_and_is_explained(column):
    card = column_card(column, "CartPole-v1")
    assert card.explanation == column
    assert column in GLOSSARY
    low, high = card.scale.to_plot(np.array([0.01, 1.0]))
    shown = card.scale.widened(card.scale.first_range, float(low), float(high))
    assert shown[0] <= low < high <= shown[1]
    assert card.scale.ticks(shown, 4)


def test_single_seeds_that_have_nothing_yet_are_painted_as_nothing(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: [10, 20], 1: [30, 40]})
    comparisons.show_seeds(True)
    curves.large.curves.set_curves(
        [CurveShape(colour=lambda theme: theme.colour("text"), pale=[NOTHING] * 2)]
    )
    curves.grab()  # a failure in painting fails the test


def test_a_name_whose_band_comes_in_another_turn_has_no_value_until_then(qtbot, comparisons, curves):
    show(qtbot, comparisons, {0: (100,), 1: (200,)})
    bands = comparisons.digest.bands["return"]
    curves.large.draw(bands[:1], ((),), with_seeds=False)
    shown = [curves.large._text(read_out.series) for read_out in curves.large.legend.read_outs.values()]
    assert shown == ["100.0", NO_VALUE]
