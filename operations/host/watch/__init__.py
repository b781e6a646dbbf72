"""`watch`: looks at a host, and tells somebody what is new, what is over and what is still so."""
