#!/usr/bin/env python3
"""A name server with a few answers, over UDP and TCP, for the hosts: dns_server.py ADDRESS PORT.

www.test A 10.0.0.1, TXT "hello there"; big.test is cut short over UDP; gone.test does not exist; mute.test gets no answer;
liar.test is answered with another id first.
"""
import socketserver
import struct
import sys
import threading


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    return ".".join(labels), at + 1


def record(kind, data):
    return struct.pack(">HHHIH", 0xc00c, kind, 1, 60, len(data)) + data


def answer(query, tcp):
    name, end = name_of(query)
    kind = struct.unpack(">H", query[end:end + 2])[0]
    rcode, records, cut = 0, [], False
    if name == "mute.test":
        return []
    if name == "gone.test":
        rcode = 3
    elif name == "big.test" and not tcp:
        cut = True
    elif kind == 1:
        records = [record(1, bytes([10, 0, 0, 1]))]
    elif kind == 16:
        records = [record(16, b"\x05hello\x06 there")]
    flags = 0x8180 | rcode | (0x0200 if cut else 0)
    good = query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + query[12:end + 4] + b"".join(records)
    if name == "liar.test":
        return [bytes([query[0] ^ 1]) + good[1:3] + b"\x83" + good[4:], good]
    return [good]


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        for a in answer(query, False):
            sock.sendto(a, self.client_address)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        size = struct.unpack(">H", self.request.recv(2))[0]
        for a in answer(self.request.recv(size), True):
            self.request.sendall(struct.pack(">H", len(a)) + a)


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


where = (sys.argv[1], int(sys.argv[2]))
udp = socketserver.UDPServer(where, Udp)
tcp = TcpServer(where, Tcp)
threading.Thread(target=tcp.serve_forever, daemon=True).start()
udp.serve_forever()
