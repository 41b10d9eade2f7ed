# Sources of core/net/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libnetpure.a libnet.a
libnetpure_a_SOURCES = \
	core/net/addr_op.c \
	core/net/cache.c core/net/cache.h core/net/cache_int.h \
	core/net/link_delay.c core/net/link_delay.h \
	core/net/keep_plan.c core/net/keep_plan.h \
	core/net/lookup.c \
	core/net/route.c core/net/route.h \
	core/net/rtname.c core/net/rtname.h \
	core/net/rule.c core/net/rule.h \
	core/net/vmac_plan.c core/net/vmac_plan.h

libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
libnet_a_SOURCES = \
	core/net/addr_job.c core/net/addr_job.h \
	core/net/addr_nl.c core/net/addr_nl.h \
	core/net/dump_nl.c core/net/dump_nl.h \
	core/net/fence.c core/net/fence.h core/net/fence_nl.c core/net/fence_nl.h \
	core/net/fence_parse_nl.c \
	core/net/keep_job.c core/net/keep_job.h \
	core/net/keeper.c core/net/keeper.h \
	core/net/netmon.c core/net/netmon.h \
	core/net/parse_nl.c core/net/parse_nl.h \
	core/net/route_nl.c core/net/route_nl.h \
	core/net/routemon.c core/net/routemon.h \
	core/net/rtname_file.c \
	core/net/rule_nl.c \
	core/net/sysctl.c core/net/sysctl.h \
	core/net/vmac.c core/net/vmac.h \
	core/net/vmac_job.h core/net/vmac_nl.c core/net/vmac_sysctl.c

check_PROGRAMS += tests/unit/test_net_cache tests/unit/test_net_delay tests/unit/test_net_parse
tests_unit_test_net_delay_SOURCES = tests/unit/test_net_delay.c
tests_unit_test_net_delay_LDADD = libnetpure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_net_cache_SOURCES = tests/unit/test_net_cache.c
tests_unit_test_net_cache_LDADD = libnetpure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_net_parse_SOURCES = tests/unit/test_net_parse.c
tests_unit_test_net_parse_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_net_parse_LDADD = libnet.a libnl.a libbase.a $(NL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_net_keep tests/unit/test_net_wire
tests_unit_test_net_keep_SOURCES = tests/unit/test_net_keep.c tests/unit/net_fixture.h
tests_unit_test_net_keep_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_net_keep_LDADD = libnet.a libnetpure.a libnl.a libbase.a $(NL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_net_wire_SOURCES = tests/unit/test_net_wire.c tests/unit/net_fixture.h
tests_unit_test_net_wire_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_net_wire_LDADD = libnet.a libnetpure.a libnl.a libbase.a $(NL_LIBS) $(CMOCKA_LIBS)

# In a network namespace of their own: they need root, else they are skipped.
check_PROGRAMS += tests/unit/test_fence
tests_unit_test_fence_SOURCES = tests/unit/test_fence.c tests/unit/netns.h tests/unit/loop_fixture.h
tests_unit_test_fence_CPPFLAGS = $(AM_CPPFLAGS) $(NL_CFLAGS)
tests_unit_test_fence_LDADD = libnet.a libnetpure.a libnl.a libloop.a libbase.a $(NL_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_netmon
tests_unit_test_netmon_SOURCES = tests/unit/test_netmon.c tests/unit/netns.h
tests_unit_test_netmon_LDADD = libnet.a libnetpure.a libnl.a libloop.a libbase.a $(NL_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_rtnl
tests_fuzz_replay_rtnl_SOURCES = tests/fuzz/fuzz_rtnl.c tests/fuzz/replay.c
tests_fuzz_replay_rtnl_LDADD = libnet.a libnetpure.a libnl.a libloop.a libbase.a $(NL_LIBS) $(EV_LIBS)
EXTRA_DIST += tests/fuzz/corpus/rtnl
