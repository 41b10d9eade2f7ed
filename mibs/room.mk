# Sources of mibs/, listed here and included by the top Makefile.am.
mibdir = $(datadir)/snmp/mibs
dist_mib_DATA = mibs/REGENT-MIB.txt
