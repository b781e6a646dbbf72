"""What Dify is, as data and pure functions. Nothing here imports Pulumi."""
