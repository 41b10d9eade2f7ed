/*
 * Keywords of global_defs about scripts, FIFOs and mail.
 */
#include "config.h"

#include "conf/build.h"

typedef struct conf_global G;

static const struct kw_row rows[] = {
	/* scripts */
	KW_RUN("startup_script", G, scripts.startup, "run before anything else"),
	KW_SECS("startup_script_timeout", G, scripts.startup_timeout, KW_S(1), KW_S(1000), KW_S(10), "patience with it"),
	KW_RUN("shutdown_script", G, scripts.shutdown, "run after everything else"),
	KW_SECS("shutdown_script_timeout", G, scripts.shutdown_timeout, KW_S(1), KW_S(1000), KW_S(10), "patience with it"),
	KW_SECS("notify_timeout", G, scripts.notify_timeout, KW_S(1), KW_S(86400), KW_S(60), "patience with a notify script",
	        .own = true),
	KW_ON("enable_script_security", G, scripts.security, 1, "refuse scripts of root that others can write"),
	KW_ON("use_symlink_paths", G, scripts.symlinks, 1, "run scripts by the path given"),
	KW_ON("set_supplementary_groups", G, scripts.all_groups, 1, "scripts get all groups of their user"),
	KW_LIST("notify_fifo", G, scripts.fifo, 1, 3, "PATH [USER [GROUP]]: FIFO that gets every event"),
	KW_RUN("notify_fifo_script", G, scripts.fifo_script, "reader of that FIFO"),
	KW_LIST("vrrp_notify_fifo", G, scripts.vrrp_fifo, 1, 3, "PATH [USER [GROUP]]: FIFO that gets VRRP events"),
	KW_RUN("vrrp_notify_fifo_script", G, scripts.vrrp_fifo_script, "reader of that FIFO"),
	KW_LIST("lvs_notify_fifo", G, scripts.lvs_fifo, 1, 3, "PATH [USER [GROUP]]: FIFO that gets service events"),
	KW_RUN("lvs_notify_fifo_script", G, scripts.lvs_fifo_script, "reader of that FIFO"),
	KW_YES("vrrp_notify_priority_changes", G, scripts.priority_changes, "notify of changed priorities too"),
	KW_ON("fifo_write_vrrp_states_on_reload", G, scripts.states_on_reload, 1, "write all states after a reload"),
	KW_ON("rs_init_notifies", G, scripts.rs_init, 1, "run notify scripts for the first state too"),
	/* mail */
	KW_STR("smtp_helo_name", G, mail.helo, 255, "name said to the mail server"),
	KW_TRI("smtp_alert", G, mail.alert, "mail about everything"),
	KW_TRI("smtp_alert_vrrp", G, mail.alert_vrrp, "mail about virtual routers"),
	KW_TRI("smtp_alert_checker", G, mail.alert_checker, "mail about real servers"),
	KW_ON("no_email_faults", G, mail.no_faults, 1, "no mail about FAULT"),
	KW_ON("no_checker_emails", G, mail.no_checkers, 1, "no mail about real servers"),
};

const struct kw_part *part_global_notify(void)
{
	static const struct kw_part part = KW_PART(rows, 0);

	return &part;
}
