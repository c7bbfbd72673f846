"""Connections that send once and note the moment they begin to (adapter layer).

Source: urllib3 2 ``HTTPConnection.send`` (plain HTTP connects at the first send, TLS before it).
"""

import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry

_POOL_SIZE = 32
"""Connections kept; the framework runs 8 threads a worker."""


class _Wire(threading.local):
    """Whether this thread's request has begun to leave the process."""

    sent = False


WIRE = _Wire()


class _HttpConnection(HTTPConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # as the base class would, but before the note is made
        WIRE.sent = True
        super().send(data)


class _HttpsConnection(HTTPSConnection):
    def send(self, data: Any) -> None:
        WIRE.sent = True  # the pool has connected and shaken hands before it sends
        super().send(data)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class OnceAdapter(HTTPAdapter):
    """Sends once, over connections that note when they send."""

    def __init__(self) -> None:
        once = Retry(total=0, connect=0, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
        super().__init__(max_retries=once, pool_connections=2, pool_maxsize=_POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have the pool make the connections of this module."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def forget_connections(self) -> None:
        """Drop idle connections; those in use by other threads are not touched."""
        self.poolmanager.clear()
