"""The tables of docs/tune.md: every parameter that is tuned, with the value that the program gives it."""
