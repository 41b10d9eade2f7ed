# Sources of agent/, listed here and included by the top Makefile.am.
