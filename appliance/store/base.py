"""What every table stands on. Knows no feature; `Database.open` says which database the tables live in."""

from __future__ import annotations

from peewee import DatabaseProxy, Model

database = DatabaseProxy()


class BaseModel(Model):
    """Parent of all models. Use models only inside functions given to `Database.read` and `Database.write`."""

    class Meta:
        """Binds every table to the database that is open."""

        database = database
        legacy_table_names = False
