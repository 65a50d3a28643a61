"""Automated checks of a change: what they see (base.py), how they run (engine.py), a file or package per gate, rules as data (rules/)."""
