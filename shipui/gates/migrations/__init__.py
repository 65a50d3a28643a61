"""Reading database migrations: which files they are, what they do to data, and what they lock."""
