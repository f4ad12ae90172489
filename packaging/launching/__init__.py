"""Sets PPO Desktop up on a fresh computer and starts it; standard library only."""
