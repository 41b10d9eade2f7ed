# Sources of core/notify/, listed here and included by the top Makefile.am.
