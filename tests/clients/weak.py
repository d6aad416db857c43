"""Tries suites and versions that no server should take, after the INFO of a NATS server.

usage: weak.py PORT
Prints what was agreed on; nothing but "good" should be.
"""

import socket
import ssl
import sys

agreed = []
for name, version, ciphers in [
    ("cbc", ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA"),
    ("no forward secrecy", ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256:AES128-SHA"),
    ("tls 1.1", ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
    ("good", ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"),
]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version = min(version, ssl.TLSVersion.TLSv1_2)
    context.maximum_version = version
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as plain:
        plain.recv(4096)
        try:
            with context.wrap_socket(plain):
                agreed.append(name)
        except (ssl.SSLError, OSError):
            pass
print("agreed on", ", ".join(agreed))
