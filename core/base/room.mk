# Sources of core/base/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	core/base/addr.c core/base/addr.h \
	core/base/buf.c core/base/buf.h \
	core/base/dns.c core/base/dns.h \
	core/base/hex.c core/base/hex.h \
	core/base/key.c core/base/key.h \
	core/base/log.c core/base/log.h \
	core/base/log_out.c core/base/log_out.h \
	core/base/memory.h \
	core/base/late.h \
	core/base/mono.h \
	core/base/penalty.c core/base/penalty.h \
	core/base/script.c core/base/script.h \
	core/base/text.c core/base/text.h \
	core/base/thread.c core/base/thread.h

check_PROGRAMS += tests/unit/test_penalty
tests_unit_test_penalty_SOURCES = tests/unit/test_penalty.c
tests_unit_test_penalty_LDADD = libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_addr tests/unit/test_base tests/unit/test_log
tests_unit_test_addr_SOURCES = tests/unit/test_addr.c
tests_unit_test_addr_LDADD = libbase.a $(CMOCKA_LIBS)
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = libbase.a $(CMOCKA_LIBS)
