"""The database, its migrations and the office's settings. Knows no feature."""
