"""Callables that are built at their first use: the functions framework loads a module before gunicorn forks."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

from flask import Request, current_app, has_app_context, request
from werkzeug import Response
from werkzeug.exceptions import NotFound

from shared.runtime import steps, trace_context
from shared.runtime.web import unavailable

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class Lazily(Generic[P, R]):
    """A callable that is built at its first use, by one thread, while the others wait."""

    def __init__(self, build: Callable[[], Callable[P, R]]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._built: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call what was built; an error while building reaches the caller, and the next one builds again."""
        return self.built()(*args, **kwargs)

    def built(self) -> Callable[P, R]:
        """Return what is called, built if it is not yet."""
        if self._built is None:
            with self._lock:
                self._built = self._built or self._build()
        return self._built


class LazyPage(Lazily[[Request], Response]):
    """A page that answers 503 in the API's own shape as long as it cannot be built, for ``/health`` as well.

    It is given the requests, too, that the framework loading this module would answer by itself: paths with a line
    break, and some that browsers ask for unbidden.
    """

    def __init__(self, build: Callable[[], Callable[[Request], Response]]) -> None:
        super().__init__(build)
        if has_app_context():  # the framework's, while it loads the function
            current_app.register_error_handler(NotFound, self._not_found)

    def __call__(self, raw: Request) -> Response:
        """Answer one request."""
        try:
            page = self.built()
        except Exception:
            with steps.during(steps.Step(trace_context.of_request(raw.headers))):
                log.exception("the function cannot be built")
                return unavailable()
        return page(raw)

    def _not_found(self, _error: NotFound) -> Response:
        return self(request)
