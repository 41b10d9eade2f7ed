# Sources of agent/, listed here and included by the top Makefile.am.
# Pure: no socket, no thread, no net-snmp.
noinst_LIBRARIES += libagentpure.a
libagentpure_a_SOURCES = \
	agent/column.c agent/column.h \
	agent/mibs.h \
	agent/notification.c agent/notification.h \
	agent/oids.c agent/oids.h \
	agent/regent_mib_probe.c \
	agent/regent_mib_system.c \
	agent/regent_mib_vr.c \
	agent/regent_mib_vs.c \
	agent/replica.c agent/replica.h \
	agent/snapshot.c agent/snapshot.h \
	agent/table.c agent/table.h \
	agent/trapq.c agent/trapq.h \
	agent/vrrp_mib.c

libexec_PROGRAMS += regent-agent
regent_agent_SOURCES = \
	agent/bridge.c agent/bridge.h \
	agent/control.c agent/control.h \
	agent/json.c agent/json.h \
	agent/link.c agent/link.h \
	agent/main.c \
	agent/set.c agent/set.h \
	agent/snmp.c agent/snmp.h \
	agent/transport.c agent/transport.h
regent_agent_CPPFLAGS = $(AM_CPPFLAGS) $(SNMP_CFLAGS) $(JANSSON_CFLAGS)
regent_agent_LDADD = libagentpure.a libview.a libloop.a libbase.a $(EV_LIBS) $(SNMP_LIBS) $(JANSSON_LIBS)

bin_PROGRAMS += regentctl
regentctl_SOURCES = agent/regentctl.c agent/status_table.c agent/status_table.h
regentctl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SMARTCOLS_CFLAGS)
regentctl_LDADD = libbase.a $(JANSSON_LIBS) $(SMARTCOLS_LIBS)
dist_man_MANS += agent/regentctl.1 agent/regent-agent.8

# A core for the agent's own tests (tests/agentx/run), built by `make agentx-tools`.
EXTRA_PROGRAMS += tests/agentx/fake_core
tests_agentx_fake_core_SOURCES = tests/agentx/fake_core.c
tests_agentx_fake_core_LDADD = libview.a libbase.a
CLEANFILES += tests/agentx/fake_core
.PHONY: agentx-tools
agentx-tools: tests/agentx/fake_core regent-agent regentctl
