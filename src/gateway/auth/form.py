"""The form of an OAuth request, read within limits."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.auth.refusal import Refusal, bad_request

MOST_BYTES = 32 * 1024
MOST_FIELDS = 16
FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str] | Refusal:
    """The fields of the body, each given once; a field without a value counts as not given.

    Refused: another media type, more than 32 KiB or 16 fields, a field given twice (RFC 6749
    section 3.2), anything that is not URL-encoded UTF-8.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != FORM:
        return bad_request(f"Content-Type: send {FORM}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return bad_request(f"The form must not exceed {MOST_BYTES} bytes.")
    return _fields(bytes(body))


def _fields(body: bytes) -> dict[str, str] | Refusal:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return bad_request(f"The form must be URL-encoded UTF-8 with at most {MOST_FIELDS} fields.")
    if len({name for name, _ in pairs}) < len(pairs):
        return bad_request("Each form field may be given only once.")
    return {name: value for name, value in pairs if value}
