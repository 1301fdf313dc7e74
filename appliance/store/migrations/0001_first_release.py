"""Settings, people and their sessions, keys, the access log, lines and numbers, customers."""

from typing import Any

import peewee

READABLE_FROM = 1


class Setting(peewee.Model):
    """What the office has set, as JSON."""

    name = peewee.TextField(primary_key=True)
    value = peewee.TextField()
    changed_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "setting"


class Account(peewee.Model):
    """A person who may sign in."""

    login = peewee.TextField(unique=True)
    name = peewee.TextField()
    role = peewee.TextField()
    extension = peewee.TextField(null=True, unique=True)
    language = peewee.TextField()
    theme = peewee.TextField()
    disabled = peewee.BooleanField()
    must_change_password = peewee.BooleanField()
    password_hash = peewee.TextField()
    created_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "account"


class SignedInSession(peewee.Model):
    """A browser that is signed in."""

    token_hash = peewee.TextField(primary_key=True)
    account = peewee.ForeignKeyField(Account, on_delete="CASCADE")
    started_ms = peewee.BigIntegerField()
    seen_ms = peewee.BigIntegerField()
    address = peewee.TextField()
    agent = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "signed_in_session"


class SignInLink(peewee.Model):
    """A link that signs somebody in once."""

    token_hash = peewee.TextField(primary_key=True)
    account = peewee.ForeignKeyField(Account, on_delete="CASCADE")
    until_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "sign_in_link"


class ApiKey(peewee.Model):
    """A program that may use the API."""

    name = peewee.TextField()
    role = peewee.TextField()
    secret_hash = peewee.TextField(unique=True)
    created_ms = peewee.BigIntegerField()
    revoked_ms = peewee.BigIntegerField(null=True)

    class Meta:
        """Name of the table."""

        table_name = "api_key"


class AccessEntry(peewee.Model):
    """Who did what, when, from where. Refers to nobody, so that it outlives whoever it speaks of."""

    id = peewee.BigAutoField()
    at_ms = peewee.BigIntegerField(index=True)
    who = peewee.TextField()
    address = peewee.TextField()
    what = peewee.TextField()
    about = peewee.TextField()
    details = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "access_entry"


class Extension(peewee.Model):
    """An extension and what its phones prove themselves with."""

    number = peewee.TextField(primary_key=True)
    name = peewee.TextField()
    shown_number = peewee.TextField()
    may_call_out = peewee.BooleanField()
    enabled = peewee.BooleanField()
    ha1 = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "extension"


class Trunk(peewee.Model):
    """A SIP trunk; its password is encrypted."""

    id = peewee.TextField(primary_key=True)
    position = peewee.IntegerField()
    name = peewee.TextField()
    kind = peewee.TextField()
    host = peewee.TextField()
    port = peewee.IntegerField()
    transport = peewee.TextField()
    username = peewee.TextField()
    auth_username = peewee.TextField()
    realm = peewee.TextField()
    password = peewee.TextField()
    expires = peewee.IntegerField()
    addresses = peewee.TextField()
    trusted = peewee.BooleanField()
    called_from = peewee.TextField()
    international_prefixes = peewee.TextField()
    dial_e164 = peewee.BooleanField()
    main_number = peewee.TextField()
    channels = peewee.IntegerField()
    enabled = peewee.BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "trunk"


class RingGroup(peewee.Model):
    """Phones that ring together."""

    id = peewee.TextField(primary_key=True)
    label = peewee.TextField()
    everyone = peewee.BooleanField()
    ring_seconds = peewee.IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "ring_group"


class RingGroupMember(peewee.Model):
    """An extension in a group."""

    ring_group = peewee.ForeignKeyField(RingGroup, on_delete="CASCADE")
    extension = peewee.ForeignKeyField(Extension, on_delete="CASCADE")
    position = peewee.IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "ring_group_member"
        primary_key = peewee.CompositeKey("ring_group", "extension")


class OwnNumber(peewee.Model):
    """One of the office's own numbers."""

    number = peewee.TextField(primary_key=True)
    label = peewee.TextField()
    trunk = peewee.ForeignKeyField(Trunk, on_delete="RESTRICT")
    ring_group = peewee.ForeignKeyField(RingGroup, on_delete="RESTRICT")

    class Meta:
        """Name of the table."""

        table_name = "own_number"


class Customer(peewee.Model):
    """A person or company that calls."""

    name = peewee.TextField()
    company = peewee.TextField()
    memo = peewee.TextField()
    updated_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "customer"


class CustomerNumber(peewee.Model):
    """A number of a customer."""

    customer = peewee.ForeignKeyField(Customer, on_delete="CASCADE")
    position = peewee.IntegerField()
    number = peewee.TextField(index=True)
    last8 = peewee.TextField(index=True)

    class Meta:
        """Name of the table."""

        table_name = "customer_number"
        primary_key = peewee.CompositeKey("customer", "position")


class CustomerTerm(peewee.Model):
    """The end of a name, company or number, from which a search finds the customer.

    Bytes, so that SQLite and PostgreSQL put them in the same order whatever the language of the server.
    """

    term = peewee.BlobField()
    customer = peewee.IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "customer_term"
        primary_key = peewee.CompositeKey("term", "customer")


TABLES = [
    Setting,
    Account,
    SignedInSession,
    SignInLink,
    ApiKey,
    AccessEntry,
    Extension,
    Trunk,
    RingGroup,
    RingGroupMember,
    OwnNumber,
    Customer,
    CustomerNumber,
    CustomerTerm,
]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables of the first release."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
