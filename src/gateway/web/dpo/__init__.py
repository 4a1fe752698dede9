"""The officer's pages: the log, and whether it is whole."""
