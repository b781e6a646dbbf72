"""What every answer tells browsers, whoever gives it.

Who may frame a page is Dify's to say, and its web service does: published apps may be embedded anywhere, every other
page nowhere (web/proxy.ts of langgenius/dify, `EMBEDDABLE_PATH_SEGMENTS`). A header added here would overrule it.
"""

HSTS_SECONDS = 31_536_000
"""A year in which browsers open this name by HTTPS only (RFC 6797). Names below it may belong to others, so they are
not included."""
