"""Code that runs inside AWS: each folder is one Lambda function, packed as it stands."""
