"""Publishes what people do with Dify every five minutes and keeps a record of each day. The Lambda package, with
functions/shared and pg8000."""
