"""The Ship phase: six steps from a finished build to a promotion that waits for approval."""
