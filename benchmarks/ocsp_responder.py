"""An OCSP responder that says "good" of everything, quickly, on loopback: for measurements only.

    python -m benchmarks.ocsp_responder CA.pem CA.key SECONDS

Prints its address, and ends by itself after so many seconds.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp


def main() -> None:
    """Serve until the time is over."""
    certificate = x509.load_pem_x509_certificate(Path(sys.argv[1]).read_bytes())
    loaded = load_pem_private_key(Path(sys.argv[2]).read_bytes(), None)
    assert isinstance(loaded, RSAPrivateKey)
    key: RSAPrivateKey = loaded

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
            now = datetime.now(UTC).replace(microsecond=0)
            builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
                asked.issuer_name_hash,
                asked.issuer_key_hash,
                asked.serial_number,
                asked.hash_algorithm,
                ocsp.OCSPCertStatus.GOOD,
                now,
                now + timedelta(hours=1),
                None,
                None,
            )
            builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
            for extension in asked.extensions:
                if isinstance(extension.value, x509.OCSPNonce):
                    builder = builder.add_extension(extension.value, critical=False)
            answer = builder.sign(key, SHA256()).public_bytes(Encoding.DER)
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        # With the usual five, eight askers at a time overflow it, and TCP waits for a second.
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    threading.Timer(float(sys.argv[3]), server.shutdown).start()
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
