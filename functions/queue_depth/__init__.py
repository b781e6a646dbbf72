"""Publishes the length of every Celery queue each minute. The folder is the Lambda package, with `redis` vendored."""
