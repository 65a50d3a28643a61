"""One file per thing that a person can do: its right, its checks, its result. The command line and the screens both call these."""
