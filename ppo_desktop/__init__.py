"""PPO Desktop: see proximal policy optimization at work."""

__version__ = "0.1.0"
