"""Hyperparameter search: an Optuna study of trials, each of them some runs; knows no Qt."""
