"""The running gateway: the pages ask it what any client asks, and never reach behind it."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from gateway.actions.gateway import Gateway


def gateway_of(request: Request) -> Gateway:
    return cast("Gateway", request.app.state.gateway)
