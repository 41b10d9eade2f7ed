# Sources of tests/, listed here and included by the top Makefile.am.
