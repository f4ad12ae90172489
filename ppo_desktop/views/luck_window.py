"""Luck or fate? A window beside the main one: how a run goes on from one of its moments, again and again."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from ppo_desktop.bridge.luck_session import MOST_FANS, NOTHING, SLIDERS, LuckSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.csv_text import Row, csv_text
from ppo_desktop.jobs.fan import Fan, moment_words, planned_words, run_name
from ppo_desktop.jobs.moment import MOST_BRANCHES, Moment
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, values_line
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.controls import Card, captioned, laid_out, menu_button, named, push_button, refresh_at
from ppo_desktop.views.figure import Drawing, Figure, Panel
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.kit.choice_combo import ChoiceCombo, Options
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from ppo_desktop.views.kit.fields import NumberBox, StepsBox, UpdateBox
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.job_window import JobWindow, job_footer
from ppo_desktop.views.luck_chart import LuckChart, results
from ppo_desktop.views.theme import Theme

_KEY = "luck_or_fate"
_SIZE = QSize(960, 620)
_FLATNESS = 0.55
"""Height of an exported figure, as a share of its width."""
_LEAST_MILLISECONDS = 100
"""Between two redraws; the eye sees no more."""


class LuckBar(JobBar):
    """From which update, how many branches and how long, what is changed; Start, Stop, Export."""

    def __init__(self, luck: LuckSession, export: QMenu) -> None:
        super().__init__()
        self._luck = luck
        form = DraftForm(self, luck.changed)
        update = named(UpdateBox(lambda: luck.draft.last_update), "luck_update", "Update", "luck_moment")
        form.add(
            update,
            lambda: luck.draft.moment.update,
            lambda update: luck.set_up(moment=replace(luck.draft.moment, update=update)),
        )
        branches = named(NumberBox(1, MOST_BRANCHES, " branches"), "luck_branches", "Branches", _KEY)
        form.add(branches, lambda: luck.draft.n_branches, lambda n: luck.set_up(n_branches=n))
        steps = named(StepsBox(luck.notices), "luck_steps", "Steps of each branch", "luck_steps")
        form.add(steps, lambda: luck.draft.steps, lambda n: luck.set_up(steps=n))
        field = ChoiceCombo("luck_field", "What is changed", "luck_change")
        form.add(field, lambda: luck.draft.field, luck.choose_field, self._fields)
        self._value = ChoiceCombo("luck_value", "Its value", "luck_change")
        policy = self._value.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that no row breaks where it appears
        self._value.setSizePolicy(policy)
        form.add(self._value, lambda: luck.draft.value, lambda value: luck.set_up(value=value), self._values)
        self.start = StartButton("luck_button", _KEY, luck.toggle)
        stop = push_button("Stop", "luck_stop_button", "luck_stop", luck.stop)
        first = (*captioned("After update", update), branches, steps)
        menu = menu_button("Export ▾", "luck_export_button", "Export", "export_fans", export)
        changed = (*captioned("Change", field), self._value)  # beside what says what it makes of that
        self.set_groups(first, (*changed, self.start, stop, menu))
        refresh_at(self._show_state, luck.changed)
        refresh_at(lambda: stop.setEnabled(luck.is_under_way), luck.changed)

    def _show_state(self) -> None:
        luck = self._luck
        self._value.setVisible(bool(luck.values))
        again = " anew" if luck.fans else ""
        words = f"Start {counted(luck.draft.n_branches, 'branch', 'branches')}{again}"
        self.start.show_state(luck.state, _same_with(luck.changes) if luck.changes else words)

    def _fields(self) -> Options:
        names: dict[str, str | Option] = {NOTHING: "nothing", SLIDERS: "as the sliders in Train"}
        return {field: names.get(field) or DECLARATIONS[field].label for field in self._luck.fields}

    def _values(self) -> Options:
        field = self._luck.draft.field
        return {value: DECLARATIONS[field].format(value) for value in self._luck.values}


class LuckWindow(JobWindow):
    """Shows what has become of the branches.

    Args:
        parent: The main window.
        luck: What it shows.
        theme: Fonts and colours.
    """

    def __init__(self, parent: QWidget, luck: LuckSession, theme: Theme) -> None:
        self._luck, self._theme = luck, theme
        self._results = named(QLabel(), "luck_results", "Results", "luck_results")
        self._results.setWordWrap(True)
        chart, card = LuckChart(luck, theme), Card(_KEY)
        laid_out(QVBoxLayout(card), self._results, (chart, 1), margins=(10, 7, 10, 8), spacing=4)
        bar = LuckBar(luck, _export_menu(luck, chart, theme, parent))
        footer = job_footer(luck, "luck", "all branches", _KEY, luck.changed, self._hint)
        parts = bar, (card, 1), footer
        super().__init__(parent, luck, "luck_window", "Luck or fate?", _SIZE, theme, _KEY, *parts)
        chart.setFocus()
        redraw = Redraw(chart, chart.redraw, lambda: _LEAST_MILLISECONDS)
        luck.changed.connect(redraw.request)
        refresh_at(self._show_results, luck.changed, theme.changed)

    def _hint(self) -> str:
        return "A double click on a branch opens it in Train." if self._luck.fans else ""

    def _show_results(self) -> None:
        fans, draft = self._luck.fans, self._luck.draft
        where = moment_words(fans[0]) if fans else planned_words(draft.run_name, draft.moment, draft.steps)
        lines = [html.escape(where)]
        for number, words in enumerate(results(self._luck)):
            colour = variant_style(number, MOST_FANS).colour(self._theme).name()
            lines.append(f'<span style="color:{colour}">●</span> <b>{html.escape(words)}</b>')
        self._results.setText("<br>".join(lines))


def luck_button(session: Session, luck: LuckSession) -> QPushButton:
    """Return the button that asks it of the moment shown in Train."""

    def ask() -> None:
        settings = session.run_settings
        name = run_name(settings.environment_id, settings.algorithm, settings.seed)
        luck.ask(Moment(session.kept_run, session.shown_update), name, session.last_update)

    button = push_button("Luck or fate?", "luck_or_fate_button", _KEY, lambda: session.when_at_rest(ask))
    refresh_at(
        lambda: button.setEnabled(bool(session.kept_run)),
        session.update_shown,
        session.run_changed,
        session.progress_changed,
    )
    return button


def _export_menu(luck: LuckSession, chart: LuckChart, theme: Theme, parent: QWidget) -> ExportMenu:
    def figure() -> Figure:
        chart.set_highlighted(None)  # what the mouse rests on is no part of the result
        said = "; ".join((moment_words(luck.fans[0]), *results(luck)))
        return Figure(theme, Panel(theme, Drawing(chart.paint_in, _FLATNESS)), heading, f"{said}.")

    heading = "Luck or fate"
    exported = Exported("fan", lambda: luck.fans[0].moment if luck.fans else None, lambda: heading)
    menu = ExportMenu("luck_export_menu", exported, luck.notices, parent)
    menu.add_figure(figure)
    menu.add_table("Branches", lambda: fans_csv(luck.fans))
    return menu


def fans_csv(fans: Sequence[Fan]) -> str:
    """Return every point of every branch as CSV."""
    rows: list[Row] = [
        {
            "run": fan.moment.run,
            "update": fan.moment.update,
            "changed": values_line(fan.changes),
            "seed": branch.seed,
            "outcome": "" if branch.outcome is None else branch.outcome.value,
            "steps": steps,
            "mean_return": mean_return,
        }
        for fan in fans
        for branch in fan.branches
        for steps, mean_return in zip(*(column.tolist() for column in branch.mean_return), strict=True)
    ]
    return csv_text(rows)


def _same_with(changes: Mapping[str, Value]) -> str:
    return f"The same with {values_line(changes)}"
