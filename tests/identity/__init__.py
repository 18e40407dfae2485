"""The verifier against real peers: a CA, OCSP answers and revocation lists made by openssl."""
