"""The HTTP face: authentication, rate limit, faults, headers and the control plane around ``answers``.

Order for a GET below /3/: method, token, rate limit, fault, answer. What does not belong here: what any record looks
like, and threads or sockets.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import struct
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from fortnox_emulator.answers import Answer, answer_get, error_answer, surface_of
from fortnox_emulator.consent import answer_consent
from fortnox_emulator.dripping import DrippingResponse
from fortnox_emulator.engine import Engine
from fortnox_emulator.faults import LATE, Fault
from fortnox_emulator.json_text import dumps
from fortnox_emulator.oauth import Grant, TokenAnswer
from fortnox_emulator.query import Refused
from fortnox_emulator.spoiling import spoil
from fortnox_emulator.traffic import RequestRecord

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_UNAUTHORIZED = Answer({"message": "unauthorized"}, 401)


class BrokenResponse(Response):
    """An answer that never arrives whole: ``abort`` resets, else half the body is sent before closing."""

    def __init__(
        self, content: bytes, *, reset: bool, transports: dict[tuple[str, int], asyncio.Transport]
    ) -> None:
        super().__init__(content, media_type="application/json")
        self._reset = reset
        self._transports = transports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        transport = self._transports[tuple(scope["client"])]
        if self._reset:
            # Linger 0 makes the close a reset instead of an orderly end.
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport.close()


class FortnoxApp:
    """Routes of the emulated hosts: the API below /3/, the token host below /oauth-v1/, control below /_emulator/."""

    def __init__(self, emulator: Engine, transports: dict[tuple[str, int], asyncio.Transport]) -> None:
        self.emulator = emulator
        self.transports = transports
        self.starlette = Starlette(
            routes=[
                Route("/oauth-v1/token", self.token, methods=["POST"]),
                Route("/oauth-v1/auth", self.consent, methods=["GET"]),
                Route("/oauth-v1/revoke", self.token, methods=["POST"]),
                Route("/_emulator/stats", self.stats, methods=["GET"]),
                Route("/_emulator/{command}", self.control, methods=["POST"]),
                Route("/{path:path}", self.api, methods=METHODS),
            ]
        )

    # -- the API -------------------------------------------------------------------------------------------

    async def api(self, request: Request) -> Response:
        """One request to the API, counted whatever becomes of it."""
        path = request.url.path
        if request.method != "GET":
            return self._violation(request, path)
        fault = self._fault(path)
        # Rendering takes the lock and the processor, so it must not stall other answers on the event loop.
        answer = await asyncio.to_thread(self._answer, request, path, fault)
        # The wait comes after the count: the limit is on arrivals, whatever an answer takes.
        await asyncio.sleep(self._delay(fault))
        self._note(request, path, answer.status)
        return self._send(answer, fault)

    def _answer(self, request: Request, path: str, fault: Fault | None) -> Answer:
        emulator = self.emulator
        with emulator.lock:
            grant = emulator.tokens.grant_for(request.headers.get("authorization", ""))
            if grant is None or (fault and fault.kind == "unauthorized"):
                return _UNAUTHORIZED
            if limited := self._limited(grant, fault):
                return limited
            if fault and fault.kind == "changed_page":
                emulator.advance()
            return spoil(self._api_answer(path, request, grant), fault)

    def _api_answer(self, path: str, request: Request, grant: Grant) -> Answer:
        below = path.removeprefix("/3").strip("/") if path.startswith("/3") else ""
        query = {
            name: value for name, value in request.query_params.items() if name.islower() or name == "Date"
        }
        try:
            return answer_get(self.emulator.context(), below, query, grant.scopes)
        except Refused as refused:
            return error_answer(refused)

    def _limited(self, grant: Grant, fault: Fault | None) -> Answer | None:
        switches = self.emulator.switches
        wait = (
            self.emulator.limiter.admit((grant.client_id, grant.tenant_id)) if switches.rate_limit else None
        )
        scripted = fault is not None and fault.kind == "rate_limited"
        if wait is None and not scripted:
            return None
        answer = Answer({"message": "Too Many Requests"} if switches.rate_limit_body else b"", 429)
        if scripted and fault is not None and fault.seconds:
            answer.headers["retry-after"] = f"{fault.seconds:g}"
        elif switches.retry_after:
            answer.headers["retry-after"] = str(int(wait or 0) + 1)
        return answer

    def _violation(self, request: Request, path: str) -> Response:
        with self.emulator.lock:
            self.emulator.traffic.violations.append(f"{request.method} {path}")
        self._note(request, path, 405)
        return self._send(Answer({"message": "This emulator is read-only"}, 405), None)

    def _fault(self, path: str) -> Fault | None:
        with self.emulator.lock:
            fault = self.emulator.script.next_for(path)
            if fault:
                self.emulator.traffic.faults[fault.kind] += 1
            return fault

    def _delay(self, fault: Fault | None) -> float:
        slow = fault.seconds if fault and fault.kind == "slow" else 0.0
        return self.emulator.switches.latency + slow

    def _note(self, request: Request, path: str, status: int) -> None:
        emulator = self.emulator
        with emulator.lock:
            record = RequestRecord(emulator.clock(), request.method, path, request.url.query, status)
            emulator.traffic.note(record, path_template(path))

    def _send(self, answer: Answer, fault: Fault | None) -> Response:
        body = answer.encoded()
        if fault and fault.kind in {"reset", "truncated"}:
            return BrokenResponse(body, reset=fault.kind == "reset", transports=self.transports)
        headers = self._headers() | answer.headers
        response = Response(body, answer.status, headers)
        response.headers["content-type"] = answer.content_type
        if fault and fault.kind in {"drip", "drip_head"}:
            head = fault.kind == "drip_head"
            return DrippingResponse(response, fault.seconds, head=head, transports=self.transports)
        return response

    def _headers(self) -> dict[str, str]:
        """As recorded; X-Uid and the response time are counted, not drawn, so that runs repeat."""
        count, switches = len(self.emulator.traffic.records), self.emulator.switches
        moment = self.emulator.now.astimezone(UTC) + timedelta(seconds=switches.clock_ahead)
        time = {"Date": http_date(moment)} if switches.says_time else {}
        return time | {
            "Server": "Fortnox",
            "Vary": "Accept-Encoding",
            "X-Build": "e4a7c0d1f2",
            "X-Frame-Options": "sameorigin",
            "X-Rack-Responsetime": str(40 + count % 50),
            "X-Uid": hashlib.sha256(f"{self.emulator.seed}:{count}".encode()).hexdigest()[:8],
            "X-Content-Type-Options": "nosniff",
            "Strict-Transport-Security": "max-age=31536000; includeSubdomains",
        }

    # -- the token host ------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """Token and revoke endpoints; outside the rate limit, within reach of faults."""
        fields = dict(parse_qsl((await request.body()).decode("ascii", "replace"), keep_blank_values=True))
        fault = self._fault(request.url.path)
        await asyncio.sleep(self._delay(fault))
        with self.emulator.lock:
            office = self.emulator.tokens
            ask = office.revoke if request.url.path.endswith("revoke") else office.answer
            # A fault at the token endpoint strikes before any token is rotated.
            strikes = fault is not None and fault.kind not in LATE
            answer = TokenAnswer(200, "application/json", {}) if strikes else ask(request.headers, fields)
        spoiled = spoil(Answer(answer.body, answer.status, answer.content_type), fault)
        self._note(request, request.url.path, spoiled.status)
        response = self._send(spoiled, fault)
        response.headers["cache-control"] = "no-store"
        return response

    async def consent(self, request: Request) -> Response:
        """The consent page, or straight back to the redirect address with what its user decided."""
        self._note(request, request.url.path, 200)
        with self.emulator.lock:
            answer = answer_consent(
                self.emulator.tokens, self.emulator.switches, dict(request.query_params), str(request.url)
            )
        if answer.location:
            return RedirectResponse(answer.location, 302)
        return HTMLResponse(answer.page, answer.status)

    # -- the control plane ---------------------------------------------------------------------------------

    async def stats(self, _request: Request) -> Response:
        return JSONResponse(self.emulator.stats())

    async def control(self, request: Request) -> Response:
        """Steering from outside: advance {nights}, clock {seconds}, faults [..], switches {..}, plant {id},
        renumber {side, number, to}.
        """
        body = await request.body()
        values = json.loads(body) if body else {}
        try:
            answer = await asyncio.to_thread(self._control, request.path_params["command"], values)
        except (TypeError, ValueError, KeyError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(dumps(answer), media_type="application/json")

    def _control(self, command: str, values: object) -> dict[str, object]:
        emulator = self.emulator
        options = values if isinstance(values, dict) else {}
        match command:
            case "advance":
                emulator.advance(int(options.get("nights", 1)))
            case "clock":
                emulator.pass_time(float(options["seconds"]))
            case "faults":
                for fault in values if isinstance(values, list) else [options]:
                    emulator.add_fault(Fault.from_json(fault))
            case "switches":
                emulator.set_switches(options)
            case "renumber":
                emulator.renumber(*(str(options[name]) for name in ("side", "number", "to")))
            case "plant":
                emulator.plant(str(options["id"]))
            case _:
                raise ValueError(f"no such command: {command}")
        return {"today": emulator.today.isoformat()}


def http_date(moment: datetime) -> str:
    """A moment as the Date header has it, in GMT."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def path_template(path: str) -> str:
    """A path with its keys folded, for counting: /3/vouchers/A/17 -> /3/vouchers/{key}."""
    if not path.startswith("/3/"):
        return path
    surface, rest = surface_of(path.removeprefix("/3/"))
    if surface == "sie":
        return f"/3/sie/{rest}"
    return f"/3/{surface}" + ("/{key}" if rest else "")
