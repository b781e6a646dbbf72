"""The AWS resources of a Dify stack: one concept, one file, one class."""
