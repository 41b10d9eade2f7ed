# Sources of mibs/, listed here and included by the top Makefile.am.
