"""The HTTP API under /api/v1: the same services as the panel, for programs and the command line. Knows no page."""
