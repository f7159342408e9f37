"""A real time-stamp authority for tests: `openssl ts -reply` behind HTTP, with a CA of its own."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[one]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """One authority. `mood` decides what it answers: `granted`, `other` (a token over something
    else), `junk` or `error`; `chain` whether its CA's certificate comes along."""

    folder: Path
    url: str = ""
    mood: str = "granted"
    chain: bool = False
    asked: list[bytes] = field(default_factory=list)

    @property
    def ca(self) -> Path:
        """The root certificate."""
        return self.folder / "ca.pem"

    def make(self) -> None:
        """Keys and certificates."""
        self.folder.mkdir(parents=True)
        (self.folder / "tsa.cnf").write_text(_CONFIG)
        (self.folder / "serial").write_text("01\n")
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        with_config = ("-config", "tsa.cnf", "-subj")
        ca = ("-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-extensions", "ca")
        self._openssl("req", *new, *ca, *with_config, "/CN=Test CA")
        leaf = ("-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr")
        self._openssl("req", *leaf, *with_config, "/CN=Test authority")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem")
        ext = ("-days", "3650", "-extfile", "tsa.cnf", "-extensions", "leaf")
        self._openssl("x509", "-req", "-in", "tsa.csr", *signed, *ext)

    def reply(self, query: bytes) -> bytes:
        """What `openssl ts` answers."""
        self.asked.append(query)
        if self.mood == "junk":
            return b"<html>busy</html>"
        if self.mood == "other":
            self._openssl("ts", "-query", "-data", "tsa.cnf", "-sha256", "-cert", "-out", "q.tsq")
        else:
            (self.folder / "q.tsq").write_bytes(query)
        how = ("-config", "tsa.cnf", "-section", "one", "-signer", "tsa.pem", "-inkey", "tsa.key")
        chain = ("-chain", "ca.pem") if self.chain else ()
        self._openssl("ts", "-reply", *how, *chain, "-queryfile", "q.tsq", "-out", "r.tsr")
        return (self.folder / "r.tsr").read_bytes()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@contextmanager
def an_authority(folder: Path) -> Iterator[Authority]:
    """An authority that listens on loopback."""
    made = Authority(folder)
    made.make()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = made.reply(query)
            self.send_response(503 if made.mood == "error" else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/tsr"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
