# Sources of conf/, listed here and included by the top Makefile.am.
