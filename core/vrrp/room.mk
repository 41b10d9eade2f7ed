# Sources of core/vrrp/, listed here and included by the top Makefile.am.
