"""The plain HTTP port: sends browsers on to HTTPS and hands out the box's authority. Serves nothing else.

The authority has to be had before HTTPS is trusted, so it is offered here. It is no secret.
"""

from __future__ import annotations

from aiohttp import web

from web.certificate import Certificate

AUTHORITY_PATH = "/soribox-ca.crt"
_CERTIFICATE: web.AppKey[Certificate] = web.AppKey("certificate")
_HTTPS_PORT: web.AppKey[int] = web.AppKey("https_port")


def create_plain_app(certificate: Certificate, https_port: int) -> web.Application:
    """Build the application of the plain port."""
    app = web.Application(client_max_size=1024)
    app[_CERTIFICATE] = certificate
    app[_HTTPS_PORT] = https_port
    app.router.add_get(AUTHORITY_PATH, _give_authority)
    app.router.add_get("/{path:.*}", _send_on)
    return app


async def _give_authority(request: web.Request) -> web.Response:
    """Hand out the authority in the form that browsers and systems offer to install (RFC 2585)."""
    return authority_answer(request.app[_CERTIFICATE])


def authority_answer(certificate: Certificate) -> web.Response:
    """Answer with the authority as a file to install."""
    return web.Response(
        body=certificate.authority,
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="soribox-ca.crt"', "Cache-Control": "no-store"},
    )


async def _send_on(request: web.Request) -> web.Response:
    """Send the browser to the same place over HTTPS. Only for GET: what was posted in the clear is not sent again."""
    url = request.url.with_scheme("https").with_port(request.app[_HTTPS_PORT])
    return web.Response(status=307, headers={"Location": str(url), "Cache-Control": "no-store"})
