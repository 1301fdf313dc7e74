"""Customers over the API. Knows the customers' service only."""

from __future__ import annotations

from appliance.crm.types import Customer, CustomerDraft
from web.api.operation import Asked
from web.api.shapes import CustomerReplaced, CustomerSent, CustomersWanted, Items, Whole


async def list_customers(asked: Asked, query: CustomersWanted) -> Items[Customer]:
    """Find customers by any part of a name, company or number; without a text, the newest."""
    customers = asked.services.customers
    found = customers.search(query.text, query.limit) if query.text.strip() else customers.newest(query.limit)
    return Items(await found)


async def add_customer(asked: Asked, body: CustomerSent) -> Customer:
    """Add a customer. Send an Idempotency-Key: names need not be unique."""
    draft = CustomerDraft(None, body.name, body.company, body.numbers, body.memo)
    return await asked.services.customers.save(draft, None)


async def get_customer(asked: Asked, customer: Whole) -> Customer:
    """Get one customer."""
    return await asked.services.customers.customer(customer)


async def replace_customer(asked: Asked, customer: Whole, body: CustomerReplaced) -> Customer:
    """Replace a customer. Refused (409) when somebody has changed it since `seen_ms`."""
    draft = CustomerDraft(customer, body.name, body.company, body.numbers, body.memo)
    return await asked.services.customers.save(draft, body.seen_ms)


async def remove_customer(asked: Asked, customer: Whole) -> None:
    """Remove a customer. Calls with its numbers stay in the log."""
    await asked.services.customers.remove(customer)
