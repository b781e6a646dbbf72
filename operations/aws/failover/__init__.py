"""`failover`: the loss of a zone, rehearsed."""
