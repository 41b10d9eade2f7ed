#!/usr/bin/python3
"""A backend that means no good: what checks ask for is answered damaged, cut, late, piecemeal, without end, or not at all.

  hostile.py ADDRESS SEED CERTIFICATE KEY

TCP: 8080 HTTP, 8443 HTTPS, 2525 SMTP with STARTTLS, 8888 agent, 53 DNS. UDP: 53 DNS, 7 anything. Port 8081 is a good HTTP server.
Where TLS is spoken, its handshakes are real and their records are damaged on the way.
"""
import asyncio
import logging
import os
import random
import socket
import ssl
import struct
import sys

ADDRESS, SEED, CERTIFICATE, KEY = sys.argv[1:5]
dice = random.Random(int(SEED))
logging.getLogger("asyncio").setLevel(logging.ERROR)  # of sockets that are written to after their end

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
HTTP = [OK, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\nhello", OK + OK,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 300 + OK, b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000, b"HTTP/1.1 200 " + b"O" * 30000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"x" * 9000 + b"\r\na\r\n" * 50,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n"]
SMTP = [b"220 mail\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"220-a\r\n" * 4000, b"250 " + b"x" * 5000, b"221 bye\r\n", b"250 ok\r\n250 smuggled\r\n", b"220 go\r\n"]
AGENT = [b"75%\n", b"0%\n", b"300%\n", b"99999%\n", b"drain\n", b"down#" + b"y" * 900 + b"\n", b"up 5% ready,drain\n", b"-1%\n", b"%\n", b"#\n", b"maxconn:\n", b"\r\n"]


def damage(data):
    """Some bytes of it other, more, fewer, again; now and then none."""
    data = bytearray(data)
    for _ in range(dice.choice((0, 0, 1, 1, 2, 5))):
        at = dice.randrange(len(data) + 1)
        what = dice.randrange(5)
        if what == 0 and at < len(data):
            data[at] ^= 1 << dice.randrange(8)
        elif what == 1:
            data[at:at] = dice.randbytes(dice.choice((1, 2, 8, 300)))
        elif what == 2:
            del data[at:at + dice.choice((1, 2, 30, 100000))]
        elif what == 3:
            data[at:at] = data[:at][-dice.choice((1, 16, 2000)):] * dice.choice((1, 2, 20))
        elif at < len(data):
            data[at] = dice.choice(b"\0\r\n\t :;-0%\xff\xc0")
    return bytes(data[:200000])


async def send(w, data):
    """In pieces, of which some are single bytes and some wait."""
    while data:
        n = dice.choice((1, 3, 17, 400, len(data), len(data), len(data)))
        w.write(data[:n])
        data = data[n:]
        if dice.random() < 0.3:
            await w.drain()
            await asyncio.sleep(dice.choice((0, 0.001, 0.01, 0.1)))


async def end(w):
    """A close, a half of one, a reset, silence, or noise until somebody has had enough."""
    how = dice.randrange(6)
    if how == 0:
        w.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        w.transport.abort()
    elif how == 1:
        w.write_eof()
        await asyncio.sleep(0.5)
    elif how == 2:
        await asyncio.sleep(1.5)
    elif how == 3:
        for _ in range(400):
            w.write(dice.choice((b"\0", b"a" * 4096, b"220-x\r\n", b"\r\n")))
            await w.drain()
    w.close()


def server(answers, rounds):
    async def serve(r, w):
        try:
            for _ in range(rounds if dice.random() < 0.8 else 0):
                if dice.random() < 0.9 and answers is not AGENT and not (answers is SMTP and _ == 0):
                    await asyncio.wait_for(r.read(4096), 2)
                good = answers[min(_, 1) if answers is SMTP else 0] if dice.random() < 0.6 else dice.choice(answers)
                await send(w, damage(good))
            await end(w)
        except (OSError, asyncio.TimeoutError, RuntimeError):
            w.close()
    return serve


async def pump(tls, out, r, w, wants):
    """Run wants() until it has what it needs, with damage to what goes out."""
    while True:
        try:
            return wants()
        except ssl.SSLWantReadError:
            pass
        finally:
            data = out.read()
            if data:
                await send(w, damage(data) if dice.random() < 0.2 else data)
        data = await asyncio.wait_for(r.read(65536), 2)
        if not data:
            raise OSError
        tls[1].write(data)


async def https(r, w, first=b""):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    if dice.random() < 0.5:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = (context.wrap_bio(into, out, server_side=True), into)
    into.write(first)
    try:
        await pump(tls, out, r, w, tls[0].do_handshake)
        for _ in range(3):
            await pump(tls, out, r, w, lambda: tls[0].read(4096))
            tls[0].write(damage(OK if dice.random() < 0.6 else dice.choice(HTTP)) or b"x")
            data = out.read()
            await send(w, damage(data) if dice.random() < 0.2 else data)
        await end(w)
    except (OSError, asyncio.TimeoutError, RuntimeError):
        w.close()


async def mail(r, w):
    if dice.random() < 0.6:
        await server(SMTP, 4)(r, w)
        return
    try:
        w.write(b"220 mail\r\n")
        await asyncio.wait_for(r.readline(), 2)
        w.write(b"250-mail\r\n250 STARTTLS\r\n")
        await asyncio.wait_for(r.readline(), 2)
        await send(w, damage(b"220 go on\r\n") if dice.random() < 0.2 else b"220 go on\r\n")
    except (OSError, asyncio.TimeoutError, ValueError):
        w.close()
        return
    await https(r, w)


def dns_answer(query):
    """With the address that is asked for, pointers anywhere, wrong counts; or cut short, or to somebody else."""
    pointer = struct.pack("!H", 0xc000 | dice.choice((12, 12, 12, 12, 0, len(query), len(query) + 2, 0x3fff)))
    record = pointer + b"\0\1\0\1\0\0\0\x3c\0\4" + bytes((10, 0, 0, dice.choice((1, 2))))
    n = dice.choice((1, 1, 1, 0, 3, 60))
    flags = dice.choice((b"\x81\x80", b"\x81\x80", b"\x81\x80", b"\x83\x80", b"\x81\x83", b"\x01\0", b"\xf9\x80"))
    head = query[:2] + flags + query[4:6] + struct.pack("!H", n if dice.random() < 0.8 else 65535) + b"\0\0\0\0"
    answer = head + query[12:] + record * n
    return damage(answer) if dice.random() < 0.5 else answer


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer, other):
        self.answer, self.other = answer, other

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for _ in range(dice.choice((0, 1, 1, 1, 3, 40))):
            answer = self.answer(data)[:60000]
            if dice.random() < 0.2:
                self.other.sendto(answer, addr)
            else:
                self.transport.sendto(answer, addr)


async def dns_tcp(r, w):
    try:
        query = (await asyncio.wait_for(r.read(600), 2))[2:]
        answer = dns_answer(query) if len(query) > 12 else b"?"
        said = dice.choice((len(answer), len(answer), len(answer), 0, 1, 65535))
        await send(w, struct.pack("!H", min(said, 65535)) + answer)
        await end(w)
    except (OSError, asyncio.TimeoutError, RuntimeError):
        w.close()


async def good(r, w):
    try:
        await r.readuntil(b"\r\n\r\n")
        w.write(OK)
    except (OSError, asyncio.IncompleteReadError):
        pass
    w.close()


async def main():
    for port, serve in ((8080, server(HTTP, 3)), (8443, https), (2525, mail), (8888, server(AGENT, 1)), (53, dns_tcp)):
        await asyncio.start_server(serve, ADDRESS, port)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((ADDRESS, 0))
    for port, answer in ((53, dns_answer), (7, lambda data: damage(dice.choice((data, b"pong", b"x" * 3000))))):
        await asyncio.get_running_loop().create_datagram_endpoint(lambda a=answer: Datagrams(a, other), local_addr=(ADDRESS, port))
    print("there", flush=True)
    await asyncio.Event().wait()


async def main_of_good(listener):
    await asyncio.start_server(good, sock=listener)
    await asyncio.Event().wait()


# A process of its own, which listens before anybody is told: that this one is busy is nothing to doubt the good one for.
listener = socket.create_server((ADDRESS, 8081))
asyncio.run(main_of_good(listener) if os.fork() == 0 else main())
