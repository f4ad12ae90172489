"""Adam's constants, the same for every engine."""

BETA_1, BETA_2 = 0.9, 0.999
"""How slowly both moments forget: PyTorch's own and the paper's (Kingma & Ba 2015)."""
EPSILON = 1e-5
"""The value of PPO's first implementation ("The 37 implementation details of PPO")."""
