"""The panel's ports: taken ones, closing, and the rule for browsers to use HTTPS only."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from aiohttp import ClientConnectionError, web
from aiohttp.test_utils import make_mocked_request

from appliance.config import Config
from appliance.core.errors import Unavailable
from tests.support.panel import Box
from web import runner
from web.app import create_app
from web.middlewares import add_security_headers

pytestmark = pytest.mark.web


async def test_a_port_in_use_is_named_and_nothing_stays_open(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        services = replace(box.services, config=replace(box.services.config, http_port=taken))
        with pytest.raises(Unavailable) as told:
            await runner.start(services)
    assert told.value.key == "panel.port_taken"
    assert told.value.params["port"] == taken


async def test_a_stopped_panel_answers_no_more(box: Box) -> None:
    visitor = await box.visitor()
    url = box.url
    await box.panel.stop()
    with pytest.raises(ClientConnectionError):
        await visitor.session.get(url + "/sign-in")
    await box.panel.stop()


async def test_the_certificate_is_reported_with_its_last_day(box: Box) -> None:
    (report,) = [one for one in box.services.health.reports() if one.part == "certificate"]
    assert report.key == "health.certificate.ok"
    assert str(report.params["day"]).startswith("20")


@pytest.mark.parametrize(
    ("ports", "secure", "wanted"),
    [((443, 80), True, True), ((443, 80), False, False), ((8443, 8080), True, False)],
)
async def test_browsers_are_told_to_insist_on_https_only_where_the_panel_owns_the_usual_ports(
    box: Box, ports: tuple[int, int], secure: bool, wanted: bool
) -> None:
    config: Config = replace(box.services.config, https_port=ports[0], http_port=ports[1])
    app = create_app(replace(box.services, config=config))
    request = make_mocked_request("GET", "/", app=app).clone(scheme="https" if secure else "http")
    response = web.Response()
    await add_security_headers(request, response)
    assert ("Strict-Transport-Security" in response.headers) == wanted
