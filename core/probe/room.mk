# Sources of core/probe/, listed here and included by the top Makefile.am.
