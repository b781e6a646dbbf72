"""The days after: a command line that looks after what the program made. Built for the target `docker`."""
