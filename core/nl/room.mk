# Sources of core/nl/, listed here and included by the top Makefile.am.
