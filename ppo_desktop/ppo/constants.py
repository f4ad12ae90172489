"""Numbers on which all engines agree; the fast one has them compiled in."""

ADAM_BETA_1, ADAM_BETA_2 = 0.9, 0.999
"""How slowly both of Adam's moments forget: PyTorch's own and the paper's (Kingma & Ba 2015)."""
ADAM_EPSILON = 1e-5
"""The value of PPO's first implementation ("The 37 implementation details of PPO")."""
SAME_RETURN = 1e-6
"""Returns that differ by less than this share of the largest are equal in single precision."""
CARTPOLE, ACROBOT, MOUNTAIN_CAR, MOUNTAIN_CAR_CONTINUOUS, PENDULUM, GRID_WORLD = range(6)
"""By which kernels know an environment."""
