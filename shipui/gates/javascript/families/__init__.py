"""One file per family of rules: a function `look(script)` each, that yields findings."""
