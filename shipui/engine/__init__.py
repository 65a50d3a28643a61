"""A Docker engine, as the runtimes, sandboxes and databases that live in it need it: calls that end with their deadline, in plain words."""
