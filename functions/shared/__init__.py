"""Modules that several functions use. Each package carries them beside its own, so they are imported by plain name."""
