# Sources of agent/, listed here and included by the top Makefile.am.
# Pure: no socket, no thread, no net-snmp.
noinst_LIBRARIES += libagentpure.a
libagentpure_a_SOURCES = \
	agent/column.c agent/column.h \
	agent/mail_text.c agent/mail_text.h \
	agent/mibs.h \
	agent/notification.c agent/notification.h \
	agent/oids.c agent/oids.h \
	agent/regent_mib_bfd.c \
	agent/regent_mib_group.c \
	agent/regent_mib_probe.c \
	agent/regent_mib_tracker.c \
	agent/regent_mib_stats.c \
	agent/regent_mib_system.c \
	agent/regent_mib_vr.c \
	agent/regent_mib_vs.c \
	agent/gather.c agent/gather.h \
	agent/replica.c agent/replica.h \
	agent/snapshot.c agent/snapshot.h \
	agent/table.c agent/table.h \
	agent/trapq.c agent/trapq.h \
	agent/vrrp_column.c agent/vrrp_column.h \
	agent/vrrp_mib.c \
	agent/vrrpv3_mib.c

libexec_PROGRAMS += regent-agent
regent_agent_SOURCES = \
	agent/bridge.c agent/bridge.h \
	agent/control.c agent/control.h \
	agent/json.c agent/json.h agent/json_stats.c \
	agent/link.c agent/link.h \
	agent/mail.c agent/mail.h \
	agent/main.c \
	agent/set.c agent/set.h \
	agent/snmp.c agent/snmp.h \
	agent/transport.c agent/transport.h
regent_agent_CPPFLAGS = $(AM_CPPFLAGS) $(SNMP_CFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS)
regent_agent_LDADD = libagentpure.a libview.a libloop.a libbase.a $(EV_LIBS) $(SNMP_LIBS) $(JANSSON_LIBS) $(CURL_LIBS)

bin_PROGRAMS += regentctl
regentctl_SOURCES = agent/regentctl.c agent/stats_table.c agent/status_table.c agent/status_table.h
regentctl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SMARTCOLS_CFLAGS)
regentctl_LDADD = libbase.a $(JANSSON_LIBS) $(SMARTCOLS_LIBS)
dist_man_MANS += agent/regentctl.1 agent/regent-agent.8

check_PROGRAMS += tests/unit/test_mail_text
tests_unit_test_mail_text_SOURCES = tests/unit/test_mail_text.c
tests_unit_test_mail_text_LDADD = libagentpure.a libstate.a libview.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_mail
tests_unit_test_mail_SOURCES = tests/unit/test_mail.c agent/mail.c
tests_unit_test_mail_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
tests_unit_test_mail_LDADD = libagentpure.a libstate.a libview.a libloop.a libbase.a $(EV_LIBS) $(CURL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_agent_table tests/unit/test_trapq tests/unit/test_replica
tests_unit_test_agent_table_SOURCES = tests/unit/test_agent_table.c tests/unit/view_make.h tests/unit/snap_make.h
tests_unit_test_agent_table_LDADD = libagentpure.a libview.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_trapq_SOURCES = tests/unit/test_trapq.c tests/unit/view_make.h
tests_unit_test_trapq_LDADD = libagentpure.a libview.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_replica_SOURCES = tests/unit/test_replica.c tests/unit/view_make.h
tests_unit_test_replica_LDADD = libagentpure.a libview.a libbase.a $(CMOCKA_LIBS)

# A core for the agent's own tests (tests/agentx/run), built by `make agentx-tools`.
EXTRA_PROGRAMS += tests/agentx/fake_core tests/agentx/dump_oids
tests_agentx_fake_core_SOURCES = tests/agentx/fake_core.c
tests_agentx_fake_core_LDADD = libview.a libbase.a
tests_agentx_dump_oids_SOURCES = tests/agentx/dump_oids.c tests/unit/snap_make.h
tests_agentx_dump_oids_LDADD = libagentpure.a libview.a libbase.a
CLEANFILES += tests/agentx/fake_core tests/agentx/dump_oids
EXTRA_DIST += tests/agentx/run tests/agentx/mib.py
.PHONY: agentx-tools
agentx-tools: tests/agentx/fake_core tests/agentx/dump_oids regent-agent regentctl
