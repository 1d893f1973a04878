"""What can go wrong between us and Fortnox, grouped by what the caller does next.

::

    FortnoxError            code FORTNOX_…         retry  exit  what it is, and what to do
    ├── SetupError          SETUP                  no     4     fix the configuration
    ├── NotConnected        NOT_CONNECTED          no     3     consent missing or revoked: connect again
    ├── NoConsent           NO_CONSENT             no     3     the consent was not given: connect again
    ├── TokenRefreshFailed  TOKEN_REFRESH_FAILED   yes    3     trouble at the token endpoint: run later
    ├── HttpError           HTTP_ERROR                    3
    │   ├── RateLimited     RATE_LIMITED           yes          429, retry_after when the server says it
    │   ├── ServerTrouble   SERVER_TROUBLE         yes          5xx, or error code 1000003
    │   ├── NetworkTrouble  NETWORK_TROUBLE        yes          no connection, too slow, answer cut off
    │   ├── Rejected        REJECTED               no           any other 4xx
    │   └── NotLicensed     NOT_LICENSED           no           licence or consent lacks the scope
    ├── UnexpectedResponse  UNEXPECTED             no     3     the answer has not the promised shape
    └── Incomplete          INCOMPLETE             no     3     rows are missing from a listing

Every message is one sentence saying what happened, where, and what to do next. No message holds a token,
a secret or the body of an answer. Accounting disagreement is a finding, never one of these.
"""

from __future__ import annotations

from typing import ClassVar


class FortnoxError(Exception):
    """Anything that kept us from reading Fortnox; ``retry`` says whether the same request may work in
    a while.
    """

    code: ClassVar[str] = "FORTNOX_ERROR"
    retry: ClassVar[bool] = False
    exit: ClassVar[int] = 3


class SetupError(FortnoxError):
    """The configuration cannot work: wrong client id or secret, a base URL that is not https, a
    missing value.
    """

    code = "FORTNOX_SETUP"
    exit = 4


class NotConnected(FortnoxError):
    """The company has not consented, or the consent was revoked."""

    code = "FORTNOX_NOT_CONNECTED"


class NoConsent(FortnoxError):
    """The consent asked for was not given in time, or its answer cannot be trusted; nothing was stored."""

    code = "FORTNOX_NO_CONSENT"


class TokenRefreshFailed(FortnoxError):
    """The token endpoint is in trouble; the consent is untouched."""

    code = "FORTNOX_TOKEN_REFRESH_FAILED"
    retry = True


class HttpError(FortnoxError):
    """An answer that is not the data asked for."""

    code = "FORTNOX_HTTP_ERROR"

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RateLimited(HttpError):
    """429. ``retry_after`` is in seconds, None when the server did not say."""

    code = "FORTNOX_RATE_LIMITED"
    retry = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, status=429)
        self.retry_after = retry_after


class ServerTrouble(HttpError):
    """5xx, or Fortnox's own code for a fault on its side."""

    code = "FORTNOX_SERVER_TROUBLE"
    retry = True


class NetworkTrouble(HttpError):
    """No connection, no answer in time, or an answer that was cut off."""

    code = "FORTNOX_NETWORK_TROUBLE"
    retry = True


class Rejected(HttpError):
    """Fortnox refuses the request itself; ``fortnox_code`` is its error code when it gave one."""

    code = "FORTNOX_REJECTED"

    def __init__(self, message: str, *, status: int, fortnox_code: int | None = None) -> None:
        super().__init__(message, status=status)
        self.fortnox_code = fortnox_code


class NotLicensed(HttpError):
    """The company's licence or the consent does not cover ``scope``; the other surfaces can still be
    read.
    """

    code = "FORTNOX_NOT_LICENSED"

    def __init__(self, message: str, *, status: int, scope: str, fortnox_code: int | None = None) -> None:
        super().__init__(message, status=status)
        self.scope = scope
        self.fortnox_code = fortnox_code


class UnexpectedResponse(FortnoxError):
    """An answer of another shape than the contract's; ``path`` says where in it, as in
    ``invoices/17/Balance``.
    """

    code = "FORTNOX_UNEXPECTED"

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class Incomplete(FortnoxError):
    """A listing did not give the rows Fortnox says exist, also when asked again."""

    code = "FORTNOX_INCOMPLETE"

    def __init__(self, message: str, *, surface: str, expected: int, received: int) -> None:
        super().__init__(message)
        self.surface = surface
        self.expected = expected
        self.received = received
