"""Qt without widgets: the learner's thread and the one state the window shows."""
