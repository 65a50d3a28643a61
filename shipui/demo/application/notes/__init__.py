"""Notes: people write notes, everybody reads them."""
