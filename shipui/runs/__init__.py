"""What any run of steps needs: the runner, its budget of time, the journal, the lock, undo. It knows no step by name."""
