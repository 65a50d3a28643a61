"""How a repository is laid out: folders, what lies where, and who imports whom."""
