"""One file per step. None is undone: each can be tried again, and finds what the first try made."""
