"""The days after on AWS."""
