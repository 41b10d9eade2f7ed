# Sources of core/helper/, listed here and included by the top Makefile.am.
