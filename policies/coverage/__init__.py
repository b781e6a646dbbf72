"""What the baseline and the guide ask for, and where this repository answers it."""
