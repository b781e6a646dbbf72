"""Publishes the length of every Celery queue each minute. The Lambda package, with functions/shared and redis."""
