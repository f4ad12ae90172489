"""The star that marks one among many."""

STAR = (
    (0.0, -1.1),
    (0.27, -0.37),
    (1.05, -0.34),
    (0.43, 0.14),
    (0.65, 0.89),
    (0.0, 0.45),
    (-0.65, 0.89),
    (-0.43, 0.14),
    (-1.05, -0.34),
    (-0.27, -0.37),
)
"""Its corners around its centre, as shares of its radius."""
