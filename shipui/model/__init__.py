"""The pure core: words, states, steps, the calendar. No I/O, no clock, no threads."""
