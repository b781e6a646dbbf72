"""The days after on one Docker host."""
