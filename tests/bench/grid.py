#!/usr/bin/python3
"""How the adverts of one port lie on their grid.

    grid.py WIRE PORT INTERVAL_US FROM_US TO_US      (WIRE: what wirecap wrote)

Lateness is measured against the grid's lower envelope: the latest grid that no advert precedes. One that is late by a whole interval is
seen by the gap before it. Prints shell assignments in us.
"""
import sys


def main():
    path, port, interval, begin, end = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    times = []
    with open(path, encoding="ascii") as f:
        for line in f:
            w = line.split()
            if len(w) >= 8 and w[1] == port and w[2] == "vrrp" and begin <= int(w[0]) <= end:
                times.append(int(w[0]))
    if len(times) < 3:
        print(f"N={len(times)} GAP_MAX=999999999 P50=999999999 P99=999999999 WORST=999999999")
        return
    gaps = [b - a for a, b in zip(times, times[1:])]
    # Where in their interval they are, around a circle. The grid begins where nobody has been for the longest time: on a machine that is
    # away for more than half an interval, too, what is late is not taken for what is early.
    phases = sorted((t - times[0]) % interval for t in times)
    free = [(b - a, b) for a, b in zip([phases[-1] - interval, *phases], phases)]
    low = max(free)[1]
    late = sorted((p - low) % interval for p in phases)
    print(f"N={len(times)} GAP_MAX={max(gaps)} P50={late[len(late) // 2]} P99={late[min(len(late) - 1, len(late) * 99 // 100)]} "
          f"WORST={late[-1]}")


main()
