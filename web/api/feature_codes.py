"""The codes that can be dialled on a phone, over the API. Knows the table."""

from __future__ import annotations

from appliance.calls.feature_codes import CODES
from appliance.i18n.catalog import text
from web.api.line_shapes import CodeSeen
from web.api.operation import Asked
from web.api.shapes import Items


async def list_feature_codes(asked: Asked) -> Items[CodeSeen]:
    """List the codes that can be dialled on a phone, with what each does in words."""
    language = asked.asker.language
    return Items(
        tuple(
            CodeSeen(
                one.code,
                one.parameter,
                one.feature,
                text(language, one.name),
                text(language, one.explanation),
            )
            for one in CODES
        )
    )
