"""What the desk has for each family of screens: a protocol, and beside it the real one over an install."""
