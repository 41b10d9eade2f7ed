# Sources of core/ipvs/, listed here and included by the top Makefile.am.
