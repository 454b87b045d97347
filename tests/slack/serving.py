"""A server that answers as it is told to, where Slack's would be."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(answer: Callable[[str, bytes], tuple[int, bytes]]) -> Iterator[str]:
    """Serve what *answer* gives for a path and a body: a status and a body. Give the server's address.

    HERE in an answer is that address.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, told = answer(self.path, self.rfile.read(int(self.headers["Content-Length"] or 0)))
            body = told.replace(b"HERE", f"http://{self.headers['Host']}".encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
