"""Opens an OpenSearch domain for named IAM roles."""
