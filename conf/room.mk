# Sources of conf/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libconf.a libconfpure.a
libconfpure_a_SOURCES = \
	conf/arena.c conf/arena.h \
	conf/build.c conf/build.h \
	conf/build_addr.c conf/build_global.c conf/build_probe.c conf/build_route.c conf/build_route.h conf/build_service.c \
	conf/build_hmac.c conf/build_protocol.c conf/build_track.c conf/build_vrrp.c conf/build_vsg.c \
	conf/check.c conf/check.h conf/check_ids.c conf/check_names.c \
	conf/conf.c conf/conf.h conf/tree.h \
	conf/describe.c conf/describe.h \
	conf/diag.c conf/diag.h \
	conf/facts.h \
	conf/diff.c conf/diff.h \
	conf/equal.c conf/equal.h \
	conf/expand.c \
	conf/include.c conf/include.h \
	conf/keep.c conf/keep.h \
	conf/lex.c conf/lex.h \
	conf/make.c conf/make.h \
	conf/parse.c conf/parse.h \
	conf/prep.c conf/prep.h conf/prep_impl.h conf/prep_loop.c conf/prep_vars.c \
	conf/quiet.c conf/quiet.h \
	conf/out.c conf/out.h conf/print.c conf/print.h conf/print_parts.c conf/print_parts.h \
	conf/rows_global.c conf/rows_global_rest.c conf/rows_global_notify.c conf/rows_probe.c conf/rows_root.c conf/rows_route.c \
	conf/rows_service.c conf/rows_track.c conf/rows_vrrp.c \
	conf/schema.c conf/schema.h conf/schema_print.c conf/schema_value.c \
	conf/source.c conf/source.h \
	conf/value.c conf/value.h
libconf_a_SOURCES = conf/load.c conf/load.h conf/trace.c conf/trace.h

CONF_LIBS = libconf.a libconfpure.a libbase.a
check_PROGRAMS += tests/unit/test_conf_groups
tests_unit_test_conf_groups_SOURCES = tests/unit/test_conf_groups.c tests/unit/test.h
tests_unit_test_conf_groups_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_conf_check tests/unit/test_conf_files tests/unit/test_conf_howto tests/unit/test_conf_lex \
	tests/unit/test_conf_mutate tests/unit/test_conf_prep tests/unit/test_conf_schema tests/unit/test_conf_tree
tests_unit_test_conf_check_SOURCES = tests/unit/test_conf_check.c tests/unit/test.h
tests_unit_test_conf_check_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_conf_diff tests/unit/test_conf_include tests/unit/test_conf_trace
check_PROGRAMS += tests/unit/test_conf_keep tests/unit/test_conf_quiet
tests_unit_test_conf_keep_SOURCES = tests/unit/test_conf_keep.c tests/unit/test.h
tests_unit_test_conf_keep_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_quiet_SOURCES = tests/unit/test_conf_quiet.c tests/unit/test.h
tests_unit_test_conf_quiet_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_trace_SOURCES = tests/unit/test_conf_trace.c tests/unit/test.h
tests_unit_test_conf_trace_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_include_SOURCES = tests/unit/test_conf_include.c tests/unit/test.h
tests_unit_test_conf_include_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_diff_SOURCES = tests/unit/test_conf_diff.c tests/unit/test.h
tests_unit_test_conf_diff_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_files_SOURCES = tests/unit/test_conf_files.c tests/unit/test.h
tests_unit_test_conf_files_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_lex_SOURCES = tests/unit/test_conf_lex.c tests/unit/test.h
tests_unit_test_conf_lex_LDADD = libconfpure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_conf_mutate_SOURCES = tests/unit/test_conf_mutate.c tests/unit/test.h
tests_unit_test_conf_mutate_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_prep_SOURCES = tests/unit/test_conf_prep.c tests/unit/test.h
tests_unit_test_conf_prep_LDADD = libconfpure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_conf_schema_SOURCES = tests/unit/test_conf_schema.c tests/unit/test.h
tests_unit_test_conf_schema_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conf_tree_SOURCES = tests/unit/test_conf_tree.c tests/unit/test.h
tests_unit_test_conf_tree_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
dist_check_SCRIPTS += tests/conf/cli.sh
EXTRA_DIST += tests/corpus tests/bench/conf_objects
tests_unit_test_conf_howto_SOURCES = tests/unit/test_conf_howto.c tests/unit/test.h
tests_unit_test_conf_howto_LDADD = $(CONF_LIBS) $(CMOCKA_LIBS)
tests/unit/test_conf_files.$(OBJEXT): conf/regent.conf.5
EXTRA_DIST += tests/data/howto-node3.conf tests/data/howto-node4.conf tests/conf tests/fuzz/corpus/conf

check_PROGRAMS += tests/fuzz/replay_conf tests/fuzz/replay_conf_print
tests_fuzz_replay_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/replay.c
tests_fuzz_replay_conf_LDADD = $(CONF_LIBS)
tests_fuzz_replay_conf_print_SOURCES = tests/fuzz/fuzz_conf_print.c tests/fuzz/replay.c
tests_fuzz_replay_conf_print_LDADD = $(CONF_LIBS)
EXTRA_DIST += tests/fuzz/corpus/conf tests/fuzz/corpus/conf_print

# The fuzzers proper: `make fuzz_conf && ./fuzz_conf corpus-copy/ tests/fuzz/corpus/conf tests/conf/good`.
CLEANFILES += fuzz_conf fuzz_conf_print
CONF_FUZZED = $(addprefix $(srcdir)/,$(filter %.c,$(libconfpure_a_SOURCES) $(libconf_a_SOURCES) $(libbase_a_SOURCES)))
fuzz_conf fuzz_conf_print: libconf.a libconfpure.a libbase.a
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-I. $(AM_CPPFLAGS) -o $@ $(srcdir)/tests/fuzz/$@.c $(CONF_FUZZED)

# The manual is made from the schema.
noinst_PROGRAMS += core/make_manual
core_make_manual_SOURCES = core/make_manual.c
core_make_manual_LDADD = libconfpure.a libbase.a
man_MANS += conf/regent.conf.5
EXTRA_DIST += conf/regent.conf.5.in
CLEANFILES += conf/regent.conf.5
conf/regent.conf.5: core/make_manual$(EXEEXT) conf/regent.conf.5.in
	$(AM_V_GEN)core/make_manual$(EXEEXT) $(srcdir)/conf/regent.conf.5.in > $@.tmp && mv $@.tmp $@
exampledir = $(docdir)/examples
dist_example_DATA = \
	conf/examples/01-two-node-vip.conf conf/examples/02-lvs-nat.conf conf/examples/03-lvs-dr.conf \
	conf/examples/04-lvs-tun.conf conf/examples/05-ipv6.conf conf/examples/06-sync-group.conf \
	conf/examples/07-unicast-cloud.conf conf/examples/08-track-script.conf \
	conf/examples/09-directors-are-servers.conf conf/examples/10-fwmark-and-groups.conf
