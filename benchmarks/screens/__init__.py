"""What the measurements of the screens share: a terminal that counts, an install with many promotions, programs to run in it."""
