# Sources of core/nl/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libnl.a
libnl_a_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
libnl_a_SOURCES = \
	core/nl/batch.c core/nl/batch.h \
	core/nl/ctx.c core/nl/ctx.h \
	core/nl/monitor.c \
	core/nl/nl.c core/nl/nl.h \
	core/nl/queue.c core/nl/queue.h \
	core/nl/sock.c core/nl/sock.h \
	core/nl/walk.h
