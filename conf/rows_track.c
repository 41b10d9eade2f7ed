/*
 * Keywords of blocks that are known and have no effect yet: their names are checked, their values not.
 */
#include "config.h"

#include "conf/build.h"

static const struct kw_row script_rows[] = {
	KW_IDLE("script", KW_NOT_YET, "command to run"),
	KW_IDLE("interval", KW_NOT_YET, "between two runs"),
	KW_IDLE("timeout", KW_NOT_YET, "patience with it"),
	KW_IDLE("weight", KW_NOT_YET, "what its result adds to the priority"),
	KW_IDLE("rise", KW_NOT_YET, "successes before it counts as good"),
	KW_IDLE("fall", KW_NOT_YET, "failures before it counts as bad"),
	KW_IDLE("user", KW_NOT_YET, "user that it runs as"),
	KW_IDLE("init_fail", KW_NOT_YET, "it counts as bad at first"),
};

const struct kw_place *place_script(void)
{
	static const struct kw_place place = { .name = "vrrp_script", .parts = { KW_PART(script_rows, 0) } };

	return &place;
}

static const struct kw_row process_rows[] = {
	KW_IDLE("process", KW_NOT_YET, "its name and parameters"),
	KW_IDLE("param_match", KW_NOT_YET, "how parameters are compared"),
	KW_IDLE("weight", KW_NOT_YET, "what it adds to the priority"),
	KW_IDLE("quorum", KW_NOT_YET, "how many must run"),
	KW_IDLE("quorum_max", KW_NOT_YET, "how many may run"),
	KW_IDLE("delay", KW_NOT_YET, "wait before a change counts"),
	KW_IDLE("fork_delay", KW_NOT_YET, "wait before a new process counts"),
	KW_IDLE("terminate_delay", KW_NOT_YET, "wait before an ended process counts"),
	KW_IDLE("full_command", KW_NOT_YET, "compare the whole command"),
};

const struct kw_place *place_track_process(void)
{
	static const struct kw_place place = { .name = "vrrp_track_process", .parts = { KW_PART(process_rows, 0) } };

	return &place;
}

static const struct kw_row file_rows[] = {
	KW_IDLE("file", KW_NOT_YET, "its path"),
	KW_IDLE("weight", KW_NOT_YET, "its number times this is added to the priority"),
	KW_IDLE("init_file", KW_NOT_YET, "make it where it is missing"),
};

const struct kw_place *place_track_file(void)
{
	static const struct kw_place place = { .name = "vrrp_track_file", .parts = { KW_PART(file_rows, 0) } };

	return &place;
}

static const struct kw_row track_group_rows[] = {
	KW_IDLE("group", KW_NOT_YET, "a block of the instances' names"),
};

const struct kw_place *place_track_group(void)
{
	static const struct kw_place place = { .name = "track_group", .parts = { KW_PART(track_group_rows, 0) } };

	return &place;
}

static const struct kw_row garp_group_rows[] = {
	KW_IDLE("garp_interval", KW_NOT_YET, "between two announcements"),
	KW_IDLE("gna_interval", KW_NOT_YET, "between two neighbour advertisements"),
	KW_IDLE("interface", KW_NOT_YET, "one interface"),
	KW_IDLE("interfaces", KW_NOT_YET, "a block of interfaces"),
};

const struct kw_place *place_garp_group(void)
{
	static const struct kw_place place = { .name = "garp_group", .parts = { KW_PART(garp_group_rows, 0) } };

	return &place;
}

static const struct kw_row bfd_rows[] = {
	KW_IDLE("neighbor_ip", KW_NOT_YET, "the other end"),
	KW_IDLE("source_ip", KW_NOT_YET, "this end"),
	KW_IDLE("min_rx", KW_NOT_YET, "least interval of reception"),
	KW_IDLE("min_tx", KW_NOT_YET, "least interval of sending"),
	KW_IDLE("idle_tx", KW_NOT_YET, "interval while the session is down"),
	KW_IDLE("multiplier", KW_NOT_YET, "packets missed before it is down"),
	KW_IDLE("passive", KW_NOT_YET, "wait for the other end"),
	{ .name = "ttl", .alias = { "hoplimit" }, .type = KW_ANY, .state = KW_NOT_YET, .help = "hop limit sent" },
	KW_IDLE("max_hops", KW_NOT_YET, "hops accepted"),
	KW_IDLE("weight", KW_NOT_YET, "what it adds to priorities"),
	KW_IDLE("disabled", KW_NOT_YET, "the session is not run"),
	KW_IDLE("strict_mode", KW_NOT_YET, "the word of the other end is not believed"),
	KW_IDLE("vrrp", KW_NOT_YET, "for virtual routers only"),
	KW_IDLE("checker", KW_NOT_YET, "for real servers only"),
};

const struct kw_place *place_bfd(void)
{
	static const struct kw_place place = { .name = "bfd_instance", .parts = { KW_PART(bfd_rows, 0) } };

	return &place;
}

static const struct kw_row ssl_rows[] = {
	KW_IDLE("password", KW_NOT_YET, "of the key"),
	KW_IDLE("ca", KW_NOT_YET, "file of authorities"),
	KW_IDLE("certificate", KW_NOT_YET, "file of the certificate"),
	KW_IDLE("key", KW_NOT_YET, "file of the key"),
};

const struct kw_place *place_ssl(void)
{
	static const struct kw_place place = { .name = "SSL", .parts = { KW_PART(ssl_rows, 0) } };

	return &place;
}
