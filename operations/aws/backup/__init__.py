"""`backup`: every store at once, and what can be restored."""
