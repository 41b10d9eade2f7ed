#!/usr/bin/env python3
"""Sends back what comes, by UDP, for the hosts: udp_echo.py ADDRESS PORT."""
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
while True:
    data, sender = s.recvfrom(2048)
    s.sendto(data, sender)
