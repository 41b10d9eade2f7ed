# Sources of conf/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libconf.a libconfpure.a
libconfpure_a_SOURCES = \
	conf/arena.c conf/arena.h \
	conf/build.c conf/build.h \
	conf/build_global.c conf/build_probe.c conf/build_service.c conf/build_vrrp.c \
	conf/check.c conf/check.h \
	conf/conf.c conf/conf.h conf/tree.h \
	conf/diag.c conf/diag.h \
	conf/equal.c \
	conf/lex.c conf/lex.h \
	conf/make.c conf/make.h \
	conf/parse.c conf/parse.h \
	conf/print.c conf/print.h \
	conf/rows_global.c conf/rows_root.c conf/rows_service.c conf/rows_track.c conf/rows_vrrp.c \
	conf/schema.c conf/schema.h \
	conf/value.c conf/value.h
libconf_a_SOURCES = conf/load.c conf/load.h

CONF_LIBS = libconf.a libconfpure.a libbase.a
check_PROGRAMS += tests/unit/test_conf_howto
tests_unit_test_conf_howto_SOURCES = tests/unit/test_conf_howto.c tests/unit/test.h
tests_unit_test_conf_howto_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/data/howto-node3.conf tests/data/howto-node4.conf
