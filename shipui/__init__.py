"""shipui ships a finished feature into production, under governance, from a terminal."""

__version__ = "0.1.0"
