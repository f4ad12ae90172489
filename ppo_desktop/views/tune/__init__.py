"""The Tune page: a search space left, the study's figures right."""
