"""Pages as files, as tests ask for them: the front as a server would ask it, over a folder of the test's own."""

import gzip
import io
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import brotli
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from articles.stored import making
from articles.stored.front import Front


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict  # names in lower case
    sent: bytes

    @property
    def body(self):
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("content-encoding"))
        return unpack(self.sent) if unpack else self.sent

    @property
    def text(self):
        return self.body.decode()


class Site:
    """The site with its front, asked by addresses. `folder` is where it keeps pages."""

    def __init__(self):
        self.front = Front(WSGIHandler())

    @property
    def folder(self):
        return making.folder()

    def get(self, address, *, method="GET", host="testserver", **headers):
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "HTTP_HOST": host,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **headers,
        }
        said = {}

        def start_response(status, headers, error=None):
            assert len({name.lower() for name, _ in headers}) == len(headers), headers
            said.update(status=int(status[:3]), headers={name.lower(): value for name, value in headers})

        with connections_kept():
            sent = b"".join(self.front(environ, start_response))
        return Answer(said["status"], said["headers"], sent)

    def is_kept(self, path):
        return self.folder.fresh(path) is not None


@contextmanager
def connections_kept():
    """Let no request close the connection of the test, and its transaction with it, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@contextmanager
def committing():
    """Do what waits for the commit of what happens here, which in a test's own transaction is never."""
    before = len(connection.run_on_commit)
    yield
    while len(connection.run_on_commit) > before:
        waiting = connection.run_on_commit[before:]
        del connection.run_on_commit[before:]
        for _, do, _ in waiting:
            do()
