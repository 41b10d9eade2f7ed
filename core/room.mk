# Sources of core/, listed here and included by the top Makefile.am.
