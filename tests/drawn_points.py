"""How much is drawn on cards with curves."""

from __future__ import annotations

from ppo_desktop.views.charts.curve_card import CurveCard


def points_drawn(*cards: CurveCard) -> int:
    """Return of how many points all curves on some cards consist."""
    curves = [curve for card in cards for curve in card.curves.curves]
    return sum(len(x) for one in curves for x, *_ in (one.line, one.dots, one.band, *one.pale))
