# Sources of core/net/, listed here and included by the top Makefile.am.
