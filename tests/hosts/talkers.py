#!/usr/bin/python3
"""Backends for the checks' scenario, on 127.0.0.1: a mail server with STARTTLS (2525), an agent that says what a file says (8888),
a server that answers PING with +PONG (6379).

  talkers.py CERTIFICATE KEY AGENT-FILE
"""
import socketserver
import ssl
import sys
import threading

CERTIFICATE, KEY, AGENT_FILE = sys.argv[1:4]


class Mail(socketserver.StreamRequestHandler):
    def say(self, line):
        self.out.write(line.encode() + b"\r\n")
        self.out.flush()

    def handle(self):
        self.out, lines = self.wfile, self.rfile
        self.say("220 mail.example ESMTP")
        while line := lines.readline(512).strip().upper():
            if line.startswith(b"EHLO"):
                self.say("250-mail.example\r\n250 STARTTLS")
            elif line.startswith(b"HELO"):
                self.say("250 mail.example")
            elif line == b"STARTTLS":
                self.say("220 go on")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(CERTIFICATE, KEY)
                inner = context.wrap_socket(self.request, server_side=True)
                self.out = lines = inner.makefile("rwb")
            elif line == b"QUIT":
                self.say("221 bye")
                return


class Agent(socketserver.StreamRequestHandler):
    def handle(self):
        with open(AGENT_FILE, encoding="utf-8") as f:
            self.wfile.write(f.read().encode())


class Ping(socketserver.StreamRequestHandler):
    def handle(self):
        if self.rfile.readline(64) == b"PING\r\n":
            self.wfile.write(b"+PONG\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


for port, handler in ((2525, Mail), (8888, Agent), (6379, Ping)):
    threading.Thread(target=Server(("127.0.0.1", port), handler).serve_forever).start()
