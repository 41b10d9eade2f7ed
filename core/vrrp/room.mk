# Sources of core/vrrp/, listed here and included by the top Makefile.am.
noinst_LIBRARIES += libvrrppure.a libvrrp.a

# No socket, clock, ev or nl in here.
libvrrppure_a_SOURCES = \
	core/vrrp/arp_wire.c core/vrrp/arp_wire.h \
	core/vrrp/burst.c core/vrrp/burst.h \
	core/vrrp/damp.c core/vrrp/damp.h \
	core/vrrp/fault.c \
	core/vrrp/frame.c core/vrrp/frame.h \
	core/vrrp/fsm.c core/vrrp/fsm.h \
	core/vrrp/group.c core/vrrp/group.h \
	core/vrrp/health.c core/vrrp/health.h \
	core/vrrp/pace.c core/vrrp/pace.h \
	core/vrrp/prio.c core/vrrp/prio.h \
	core/vrrp/spread.c core/vrrp/spread.h \
	core/vrrp/told.c core/vrrp/told.h \
	core/vrrp/track.c core/vrrp/track.h \
	core/vrrp/wire.c core/vrrp/wire.h

libvrrp_a_SOURCES = \
	core/vrrp/ah.c core/vrrp/ah.h \
	core/vrrp/hmac.c core/vrrp/hmac.h \
	core/vrrp/packet.c core/vrrp/packet.h \
	core/vrrp/port.c core/vrrp/port.h \
	core/vrrp/router.c core/vrrp/router.h core/vrrp/router_priv.h \
	core/vrrp/router_addr.c \
	core/vrrp/router_auth.c \
	core/vrrp/router_conf.c \
	core/vrrp/router_fence.c \
	core/vrrp/router_garp.c \
	core/vrrp/router_group.c \
	core/vrrp/router_keep.c \
	core/vrrp/router_link.c \
	core/vrrp/router_rx.c \
	core/vrrp/router_tx.c \
	core/vrrp/router_vmac.c \
	core/vrrp/sock.c core/vrrp/sock.h

check_PROGRAMS += tests/unit/test_vrrp_burst
tests_unit_test_vrrp_burst_SOURCES = tests/unit/test_vrrp_burst.c
tests_unit_test_vrrp_burst_LDADD = libvrrppure.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_vrrp_spread
tests_unit_test_vrrp_spread_SOURCES = tests/unit/test_vrrp_spread.c
tests_unit_test_vrrp_spread_LDADD = libvrrppure.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_vrrp_fsm tests/unit/test_vrrp_wire tests/unit/test_vrrp_track
tests_unit_test_vrrp_track_SOURCES = tests/unit/test_vrrp_track.c
tests_unit_test_vrrp_track_LDADD = libvrrppure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_vrrp_fsm_SOURCES = tests/unit/test_vrrp_fsm.c
tests_unit_test_vrrp_fsm_LDADD = libvrrppure.a libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_vrrp_group tests/unit/test_vrrp_auth
tests_unit_test_vrrp_auth_SOURCES = tests/unit/test_vrrp_auth.c
tests_unit_test_vrrp_auth_LDADD = libvrrp.a libvrrppure.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_vrrp_group_SOURCES = tests/unit/test_vrrp_group.c
tests_unit_test_vrrp_group_LDADD = libvrrppure.a libbase.a $(CMOCKA_LIBS)
tests_unit_test_vrrp_wire_SOURCES = tests/unit/test_vrrp_wire.c
tests_unit_test_vrrp_wire_LDADD = libvrrppure.a libbase.a $(CMOCKA_LIBS)

# On a real kernel, in a network namespace of its own; skips itself without root.
check_PROGRAMS += tests/unit/test_vrrp_router
tests_unit_test_vrrp_router_SOURCES = tests/unit/test_vrrp_router.c \
	tests/unit/vrrp_ends.c tests/unit/vrrp_ends.h
tests_unit_test_vrrp_router_LDADD = libvrrp.a libvrrppure.a libnet.a libnetpure.a libnl.a libloop.a libbase.a \
	$(NL_LIBS) $(EV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_vrrp_options
tests_unit_test_vrrp_options_SOURCES = tests/unit/test_vrrp_options.c \
	tests/unit/vrrp_ends.c tests/unit/vrrp_ends.h
tests_unit_test_vrrp_options_LDADD = $(tests_unit_test_vrrp_router_LDADD)

check_PROGRAMS += tests/unit/test_vrrp_garp
tests_unit_test_vrrp_garp_SOURCES = tests/unit/test_vrrp_garp.c \
	tests/unit/vrrp_ends.c tests/unit/vrrp_ends.h
tests_unit_test_vrrp_garp_LDADD = $(tests_unit_test_vrrp_router_LDADD)

# The simulation, and broken state machines that it must notice.
check_PROGRAMS += tests/sim/vrrp_sim tests/sim/group_sim tests/sim/track_sim
SIM_COMMON = tests/sim/command.c tests/sim/command.h tests/sim/world.c tests/sim/world.h
tests_sim_track_sim_SOURCES = tests/sim/track_sim.c tests/sim/track_host.c tests/sim/track_host.h $(SIM_COMMON)
tests_sim_track_sim_LDADD = libvrrppure.a libloop.a libbase.a
tests_sim_group_sim_SOURCES = tests/sim/group_sim.c $(SIM_COMMON)
tests_sim_group_sim_LDADD = libvrrppure.a libbase.a
tests_sim_vrrp_sim_SOURCES = tests/sim/vrrp_sim.c $(SIM_COMMON)
tests_sim_vrrp_sim_LDADD = libvrrppure.a libbase.a
dist_check_SCRIPTS += tests/sim/mutants.sh tests/unit/vrrp_mutants.sh

check_PROGRAMS += tests/fuzz/replay_vrrp
tests_fuzz_replay_vrrp_SOURCES = tests/fuzz/fuzz_vrrp.c tests/fuzz/replay.c
tests_fuzz_replay_vrrp_LDADD = libvrrp.a libvrrppure.a libbase.a $(CRYPTO_LIBS)
EXTRA_DIST += tests/fuzz/corpus/vrrp

check_PROGRAMS += tests/unit/test_net_vmac
tests_unit_test_net_vmac_SOURCES = tests/unit/test_net_vmac.c
tests_unit_test_net_vmac_LDADD = libvrrppure.a libnetpure.a libbase.a $(CMOCKA_LIBS)
