# Sources of contrib/, listed here and included by the top Makefile.am.
