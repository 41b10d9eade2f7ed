# Sources of core/, listed here and included by the top Makefile.am.
# The rows that readers may see, and their messages: pure; shared by core and agent.
noinst_LIBRARIES += libview.a
libview_a_SOURCES = core/view.c core/view_valid.c core/view.h core/view_wire.c core/view_wire.h

check_PROGRAMS += tests/unit/test_view tests/unit/test_view_wire
tests_unit_test_view_SOURCES = tests/unit/test_view.c tests/unit/view_make.h
tests_unit_test_view_LDADD = libview.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_view_wire_SOURCES = tests/unit/test_view_wire.c tests/unit/view_make.h
tests_unit_test_view_wire_LDADD = libview.a libbase.a $(CMOCKA_LIBS)

# What joins the rooms; everything of regentd but main(), so that tests can link it.
noinst_LIBRARIES += libstate.a libcore.a
libstate_a_SOURCES = \
	core/overrides.c core/overrides.h core/overrides_text.c \
	core/state.c core/state.h core/state_set.c core/state_set.h
libstate_a_SOURCES += core/bind_daemon.c
libstate_a_SOURCES += core/agent_link.c core/agent_link.h core/bind.c core/bind.h core/bind_mail.c core/bind_mail.h core/bind_vrrp.c core/bind_probe.c \
	core/bind_keep.c core/bind_keep.h core/bind_vmac.c core/bind_vmac.h
libcore_a_SOURCES = \
	core/apply.c \
	core/agent_proc.c core/agent_proc.h \
	core/announce.c core/announce.h core/announce_fifo.c core/announce_priv.h \
	core/helper_port.c core/helper_port.h \
	core/script_book.c core/script_book.h \
	core/scripts.c core/scripts.h \
	core/daemonize.c core/daemonize.h \
	core/doubt.c core/doubt.h \
	core/fixtures.c core/fixtures.h \
	core/bfds.c core/bfds.h \
	core/groups.c core/groups.h \
	core/igmp.c core/igmp.h \
	core/moved.c core/moved.h \
	core/options.c core/options.h \
	core/json_text.c core/json_text.h \
	core/namespaces.c core/namespaces.h \
	core/plan.h core/plan_answer.c core/plan_serve.c core/plan_wire.c \
	core/privs.c core/privs.h \
	core/publish.c \
	core/publish_daemon.c \
	core/publish_vr.c \
	core/react.c \
	core/reconcile.c \
	core/reconcile_service.c \
	core/check_fence.c core/check_fence.h \
	core/check_keeps.c core/check_keeps.h \
	core/check_patterns.c core/check_patterns.h \
	core/uses.c \
	core/conf_read.c core/conf_read.h \
	core/reload.c core/reload_time.c core/reload_time.h \
	core/rundir.c core/rundir.h \
	core/runtime.c core/runtime.h \
	core/traffic.c core/traffic.h \
	core/trees.c \
	core/sdnotify.c core/sdnotify.h \
	core/handover.c core/handover.h \
	core/restart.c core/restart.h core/restart_check.c \
	core/settings.c \
	core/suspend.c \
	core/health.c \
	core/track.c core/track.h core/track_priv.h \
	core/track_file.c core/track_interface.c core/track_process.c core/track_rows.c core/track_script.c core/track_service.c core/track_tell.c \
	core/weights.c

# What looks at a file and runs no daemon.
noinst_LIBRARIES += libcheck.a
libcheck_a_SOURCES = \
	core/check_file.c core/check_file.h \
	core/diag_json.c core/diag_json.h \
	core/host_facts.c core/host_facts.h \
	core/plan_file.c \
	core/report_file.c core/report_file.h
libcheck_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libcore_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

sbin_PROGRAMS += regentd
regentd_SOURCES = core/main.c
regentd_LDADD = libcheck.a libcore.a libwhen.a libstate.a libview.a libconf.a libconfpure.a libhelper.a libnotify.a libprobe.a libprobepure.a \
	libipvs.a libipvspure.a libvrrp.a libvrrppure.a libnet.a libnetpure.a libnl.a libloop.a libbase.a \
	$(EV_LIBS) $(NL_LIBS) $(TLS_LIBS) $(CRYPTO_LIBS) $(PCRE2_LIBS) $(CAPNG_LIBS) $(JANSSON_LIBS)
dist_man_MANS += core/regentd.8

check_PROGRAMS += tests/unit/test_state tests/unit/test_overrides tests/unit/test_bind tests/unit/test_agent_link
tests_unit_test_bind_SOURCES = tests/unit/test_bind.c
tests_unit_test_bind_LDADD = libstate.a libprobepure.a libnetpure.a libconf.a libconfpure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_agent_link_SOURCES = tests/unit/test_agent_link.c tests/unit/view_make.h
tests_unit_test_agent_link_LDADD = libstate.a libview.a libnotify.a libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
tests_unit_test_state_SOURCES = tests/unit/test_state.c
tests_unit_test_state_LDADD = libstate.a libview.a libbase.a $(CMOCKA_LIBS)
noinst_LIBRARIES += libwhen.a
libwhen_a_SOURCES = core/reload_when.c core/reload_when.h
check_PROGRAMS += tests/unit/test_privs
tests_unit_test_privs_SOURCES = tests/unit/test_privs.c tests/unit/test.h
tests_unit_test_privs_LDADD = libcore.a libbase.a $(CAPNG_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_reload_when
tests_unit_test_reload_when_SOURCES = tests/unit/test_reload_when.c tests/unit/test.h
tests_unit_test_reload_when_LDADD = libwhen.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_rundir tests/unit/test_weights tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c
tests_unit_test_options_LDADD = libcore.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_weights_SOURCES = tests/unit/test_weights.c
tests_unit_test_weights_LDADD = libcore.a libstate.a libnotify.a libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
tests_unit_test_rundir_SOURCES = tests/unit/test_rundir.c
tests_unit_test_rundir_LDADD = libcore.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_overrides_SOURCES = tests/unit/test_overrides.c
tests_unit_test_overrides_LDADD = libstate.a libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/replay_wire
tests_fuzz_replay_wire_SOURCES = tests/fuzz/fuzz_wire.c tests/fuzz/replay.c
tests_fuzz_replay_wire_LDADD = libview.a libbase.a
EXTRA_DIST += tests/fuzz/corpus/wire

check_PROGRAMS += tests/unit/test_scripts
tests_unit_test_scripts_SOURCES = tests/unit/test_scripts.c
tests_unit_test_scripts_LDADD = libcore.a libhelper.a libloop.a libbase.a $(EV_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_script_book
tests_unit_test_script_book_SOURCES = tests/unit/test_script_book.c
tests_unit_test_script_book_LDADD = libcore.a libconf.a libconfpure.a libhelper.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_restart_form
tests_unit_test_restart_form_SOURCES = tests/unit/test_restart_form.c
tests_unit_test_restart_form_LDADD = $(regentd_LDADD) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_moved
tests_unit_test_moved_SOURCES = tests/unit/test_moved.c
tests_unit_test_moved_LDADD = libcore.a libstate.a libnetpure.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_uses
tests_unit_test_uses_SOURCES = tests/unit/test_uses.c
tests_unit_test_uses_LDADD = libcore.a libstate.a libprobepure.a libnetpure.a libconf.a libconfpure.a libhelper.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
