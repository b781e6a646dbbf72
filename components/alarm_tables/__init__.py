"""What rings, from when on and why: one table for each thing that can fail, with the guide's thresholds."""
