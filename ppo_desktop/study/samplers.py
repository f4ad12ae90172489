"""Who chooses the values of the next trial, and who ends a trial early."""
