"""The Maps page: one result over two hyperparameters, cell by cell."""
