"""Dify on one Docker host: every component of that target. Names and labels are what operations find things by."""
