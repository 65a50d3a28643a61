"""Rolling back later: an operator takes a deployed promotion back. A run of its own, with the same journal."""
