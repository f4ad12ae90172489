"""The Compare page: environments side by side, below them curves left, effect and table right."""

from __future__ import annotations

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.demonstrations import claim_of
from ppo_desktop.views.compare.compare_bar import CompareBar
from ppo_desktop.views.figure import Below, Beside, Figure
from ppo_desktop.views.kit.overflow import OverflowArea, StackedSplitter, WrappingSplitter
from ppo_desktop.views.kit.page import JobPage, PagePart
from ppo_desktop.views.theme import Theme


class ComparePage(JobPage):
    """Players rest while it is hidden."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__("compare", "Compare", CompareBar(comparisons, theme), "compare_page", comparisons)
        self._comparisons = comparisons
        self._theme = theme
        comparisons.comparison_changed.connect(self.hint_changed)
        comparisons.planning.changed.connect(self.hint_changed)

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there.

        While something else is set up beside a ready-made comparison, its claim, which else stands below.
        """
        shown = self._comparisons.comparison
        if shown is None:
            return "Choose what varies and press Compare, or choose a ready-made comparison."
        if not self._comparisons.is_planned and (claim := claim_of(shown)):
            return claim
        return (
            "Point at a value to light it everywhere and see it play; a double click on its environment or "
            "its row opens a run in Train."
        )

    def fill(self) -> None:
        """Make the panels."""
        from ppo_desktop.views.compare.compare_footer import CompareFooter
        from ppo_desktop.views.compare.compare_strip import CompareStrip
        from ppo_desktop.views.compare.comparison_stage import ComparisonStage
        from ppo_desktop.views.compare.curves import ComparisonCurves
        from ppo_desktop.views.compare.effect_card import EffectCard
        from ppo_desktop.views.compare.result_table import ComparisonTable

        comparisons, theme = self._comparisons, self._theme
        stage, curves = ComparisonStage(comparisons, theme), ComparisonCurves(comparisons, theme)
        effect, table = EffectCard(comparisons, theme), ComparisonTable(comparisons, theme)
        self.card_focus.changed.connect(curves.redraw)
        self.card_focus.changed.connect(lambda: table.show_less(bool(self.card_focus.few)))
        self.set_parts(
            PagePart("Result", lambda: (curves.large, effect)),
            PagePart("Environments", lambda: (stage, curves.large)),
            PagePart("Curves", lambda: curves.plots),
            PagePart("Table", lambda: (table,)),
        )
        right = StackedSplitter({effect: 400, table: 260})
        columns = WrappingSplitter({curves: 1, right: 1})
        columns.setSizes([760, 620])
        results = StackedSplitter({stage: 180, columns: 640})
        results.setObjectName("page")
        results.setStretchFactor(0, 2)
        results.setStretchFactor(1, 7)

        def exported(title: str, caption: str) -> Figure:
            both = Beside([curves.part(), effect.part()], shares=(5, 4))
            return Figure(theme, Below([stage.part(), both, table.part()]), title, caption, width=120)

        strip = CompareStrip(comparisons, exported)
        self.export_button = strip.export
        self.less = strip.details
        self.lay_out(strip, OverflowArea(results), CompareFooter(comparisons))
