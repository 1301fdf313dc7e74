"""The database, its migrations and the office's settings. Knows no feature.

How a feature gets a table: a numbered step in `migrations/` (see the README there) makes it, `models.py` of the
feature describes it as it is now and holds the queries, `service.py` runs those through `Database.read` and
`Database.write` and hands out frozen objects, never rows.
"""
