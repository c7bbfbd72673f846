"""The transport under SendGrid's client: one request, bounded waits, no redirects (adapter of ``MailProvider``).

Source: the code of python_http_client 3.3 (without a timeout it waits for ever) and of ``urllib.request`` (follows
a redirect of a POST with the ``Authorization`` header; wraps errors of connecting and of sending alike).
"""

import http.client
import urllib.request
from email.message import Message as HttpHeaders
from typing import IO, Any

import python_http_client


class NeverConnectedError(OSError):
    """No connection came about (DNS, TCP or TLS), so not one byte of the letter left."""


class _HttpConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise NeverConnectedError(type(error).__name__) from None


class _HttpsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise NeverConnectedError(type(error).__name__) from None


class _HttpHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpConnection, req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HttpsConnection, req)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        _request: urllib.request.Request,
        _answer: IO[bytes],
        _code: int,
        _reason: str,
        _headers: HttpHeaders,
        _url: str,
    ) -> None:
        """Follow nothing: the key would travel along. The 3xx then is an answer like any other refusal."""


class OneRequestClient(python_http_client.Client):  # type: ignore[misc]  # the package has no types
    """SendGrid's client, on an opener that tells *never connected* apart and follows no redirect."""

    def _build_client(self, name: str | None = None) -> "OneRequestClient":
        return OneRequestClient(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    def _make_request(self, _opener: object, request: urllib.request.Request, timeout: float | None = None) -> Any:
        opener = urllib.request.build_opener(_HttpHandler, _HttpsHandler, _NoRedirect)
        return super()._make_request(opener, request, timeout)
