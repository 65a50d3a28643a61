"""One file per step: what it does, and how to undo it."""
