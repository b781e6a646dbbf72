"""The stack file of Dify on one Docker host: its root, its sections and what they mean for Dify's plan."""
