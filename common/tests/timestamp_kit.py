"""A timestamping authority for tests: RFC 3161 answers in DER, signed by a certificate that its own root issued."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SEQUENCE, SET, INTEGER, OCTETS, OID, TIME = 0x30, 0x31, 0x02, 0x04, 0x06, 0x18
SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SHA256, RSA_SHA256 = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11"


class Authority:
    """Answers requests; ``root`` is the PEM certificate by which its answers are trusted."""

    def __init__(self, name: str = "Test authority") -> None:
        root_key = rsa.generate_private_key(65537, 2048)
        self.key = rsa.generate_private_key(65537, 2048)
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} root")])
        own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        root = (
            _certificate(root_name, root_name, root_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        self.certificate = (
            _certificate(own_name, root_name, self.key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        self.root = root.public_bytes(serialization.Encoding.PEM).decode()

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp for a TimeStampReq that asks for the certificate, as ours do."""
        _version, imprint, nonce, *_rest = _children(_children(request)[0][1])
        now = datetime.now(UTC).strftime("%Y%m%d%H%M%SZ").encode()
        info = _der(
            SEQUENCE,
            _integer(1) + _oid("1.2.3.4.1") + imprint[0] + _integer(7) + _der(TIME, now) + nonce[0],
        )
        attributes = _attribute(CONTENT_TYPE, _oid(TST_INFO))
        attributes += _attribute(MESSAGE_DIGEST, _der(OCTETS, hashlib.sha256(info).digest()))
        signature = self.key.sign(_der(SET, attributes), padding.PKCS1v15(), hashes.SHA256())
        issuer = self.certificate.issuer.public_bytes() + _integer(self.certificate.serial_number)
        signer = _integer(1) + _der(SEQUENCE, issuer) + _algorithm(SHA256) + _der(0xA0, attributes)
        signer += _algorithm(RSA_SHA256) + _der(OCTETS, signature)
        certificate = self.certificate.public_bytes(serialization.Encoding.DER)
        content = _der(SEQUENCE, _oid(TST_INFO) + _der(0xA0, _der(OCTETS, info)))
        signed = _integer(3) + _der(SET, _algorithm(SHA256)) + content + _der(0xA0, certificate)
        signed += _der(SET, _der(SEQUENCE, signer))
        token = _der(SEQUENCE, _oid(SIGNED_DATA) + _der(0xA0, _der(SEQUENCE, signed)))
        return _der(SEQUENCE, _der(SEQUENCE, _integer(0)) + token)


def handler(authority: Authority) -> type[BaseHTTPRequestHandler]:
    """A server's handler that answers as the authority."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer a timestamp query."""
            answer = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler


def _certificate(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _der(tag: int, content: bytes) -> bytes:
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _children(content: bytes) -> list[tuple[bytes, bytes]]:
    """Each element: whole, and what is in it."""
    found = []
    while content:
        size, head = content[1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(content[2:head], "big")
        found.append((content[: head + size], content[head : head + size]))
        content = content[head + size :]
    return found


def _integer(value: int) -> bytes:
    return _der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytes([first * 40 + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return _der(OID, content)


def _algorithm(dotted: str) -> bytes:
    return _der(SEQUENCE, _oid(dotted) + b"\x05\x00")


def _attribute(dotted: str, value: bytes) -> bytes:
    return _der(SEQUENCE, _oid(dotted) + _der(SET, value))
