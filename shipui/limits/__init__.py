"""Every call to the world takes a deadline that another thread can cancel."""
