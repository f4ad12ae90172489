"""The header of the effect curve: which result, which mean, against which value, and how far it is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.so_far import progress
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.controls import named, without_wheel
from ppo_desktop.views.fitting_combo import FlatCombo


class EffectHeader(QWidget):
    """Asks the comparison another question, and shows the one that is asked."""

    def __init__(self, comparisons: ComparisonSession) -> None:
        super().__init__()
        self._comparisons = comparisons
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.progress = QLabel()
        self.progress.setObjectName("effect_progress")
        self.progress.setProperty("role", "muted")
        self._measure = _combo("measure_combo", "Result shown", "effect_measure")
        self._centre = _combo("centre_combo", "What stands for several seeds", "effect_centre")
        self._reference = _combo("reference_combo", "Value the others are compared with", "effect_reference")
        self._lay_out()
        self._connect()
        self.show_question()

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.title)
        above.addWidget(self._measure)
        above.addStretch(1)
        below.addWidget(self._centre)
        below.addWidget(self._reference)
        below.addStretch(1)
        below.addWidget(self.progress)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for row in (above, below):
            row.setSpacing(4)
            rows.addLayout(row)

    def _connect(self) -> None:
        comparisons = self._comparisons
        self._measure.activated.connect(lambda place: comparisons.choose_measure(comparisons.measures[place]))
        self._centre.activated.connect(lambda place: comparisons.choose_centre(list(Centre)[place]))
        self._reference.activated.connect(comparisons.choose_reference)
        for changed in (
            comparisons.question_changed,
            comparisons.comparison_changed,
            comparisons.planning.changed,
        ):
            changed.connect(self.show_question)
        comparisons.digest_changed.connect(self.show_progress)
        comparisons.comparison_changed.connect(self.show_progress)

    def show_question(self) -> None:
        """Show what is asked, and what else could be."""
        comparisons = self._comparisons
        question, measures = comparisons.question, comparisons.measures
        chosen = measures.index(question.measure) if question.measure in measures else 0
        self._measure.offer([measure.label for measure in measures], chosen)
        self._centre.offer([centre.label for centre in Centre], list(Centre).index(question.centre))
        comparison = comparisons.comparison
        self._reference.setVisible(comparison is not None and len(comparison.variants) > 1)
        self.title.setText("Effect")
        if comparison is not None:
            symbol = comparison.field_symbol
            named_so = symbol if comparison.field in DECLARATIONS else f"the {symbol.lower()}"
            self.title.setText(f"Effect of {named_so}")
            texts = [f"against {variant.short_label}" for variant in comparison.variants]
            self._reference.offer(texts, question.reference)

    def show_progress(self) -> None:
        """Say how far the runs are, as long as not all have ended."""
        digest = self._comparisons.digest
        self.progress.setText("" if digest is None or digest.is_final else f"so far: {progress(digest)}")


def _combo(object_name: str, accessible_name: str, explanation: str) -> FlatCombo:
    return named(without_wheel(FlatCombo()), object_name, accessible_name, explanation)
