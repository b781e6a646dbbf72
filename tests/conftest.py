"""What all tests share: Hypothesis does not time its examples, because a busy machine says nothing about a promise."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
