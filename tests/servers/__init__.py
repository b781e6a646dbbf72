"""Real servers for tests: started on a free port of the loopback, in a temporary folder, and ended with the test."""
