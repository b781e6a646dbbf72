"""`restore`: database and files as they were at a moment."""
