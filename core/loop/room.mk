# Sources of core/loop/, listed here and included by the top Makefile.am.
