/* Mails as text, who gets them, and that nothing of a name or a file becomes a header or an address. */
#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/mail_text.h"
#include "core/base/text.h"
#include "core/bind_mail.h"
#include "tests/unit/test.h"

static struct wire_mail settings(void)
{
	static const char *const to[] = { "ops@example.org", "Night Shift <night@example.org>", "x>\r\nBcc: y", "a b@c", "" };
	struct conf c = { .global = {
		.router_id = "LVS_1", .emails = to, .n_emails = N_ELEMENTS(to), .email_from = "lb@example.org", .smtp_server = "192.0.2.25",
		.smtp_timeout = 3 * USEC_PER_SEC,
	} };
	struct wire_mail m;

	bind_mail(&c, "node1", &m);
	return m;
}

static void test_settings(void **unused)
{
	struct conf c = { .global = { .smtp_server = "mail\r\nRCPT", .email_from = "a\nb", .mail = { .helo = "x y" } } };
	struct wire_mail m = settings();

	(void)unused;
	assert_int_equal(m.n_to, 2);
	assert_string_equal(m.to[0], "ops@example.org");
	assert_string_equal(m.to[1], "night@example.org");
	assert_int_equal(m.port, 25);
	assert_int_equal(m.timeout_ms, 3000);
	assert_string_equal(m.helo, "node1");
	assert_true(mail_is_on(&m));
	bind_mail(&c, "node1", &m);
	assert_false(mail_is_on(&m));
	assert_string_equal(m.server, "");
	assert_string_equal(m.from, "root@node1");
	assert_string_equal(m.helo, "node1");
	assert_string_equal(m.router_id, "node1");
}

static void test_router(void **unused)
{
	struct event e = { .kind = EVENT_VR_STATE, .to = 3, .wall = 1700000000000000, .boot = 0xab, .seq = 7, .name = "VI_1",
	                   .text = "no advert" };
	struct wire_mail m = settings();
	char text[MAIL_TEXT_MAX];

	(void)unused;
	size_t n = mail_compose(text, &m, &e);

	assert_int_equal(n, strlen(text));
	assert_string_equal(text,
		"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: lb@example.org\r\nTo: ops@example.org,\r\n\tnight@example.org\r\n"
		"Subject: [LVS_1] VRRP Instance VI_1 - Entering MASTER state\r\nMessage-ID: <ab.7@node1>\r\nX-Mailer: Regent\r\n"
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
		"[LVS_1] VRRP Instance VI_1 - Entering MASTER state\r\nbecause: no advert\r\n");
	e.kind = EVENT_RELOAD;
	assert_int_equal(mail_compose(text, &m, &e), 0);
}

static void test_injection(void **unused)
{
	struct event e = { .kind = EVENT_VR_STATE, .to = 99, .name = "x\r\nBcc: evil@example.org", .text = "a\r\n.\r\nMAIL FROM:<x>" };
	struct wire_mail m = settings();
	char text[MAIL_TEXT_MAX];
	unsigned lines = 0;

	(void)unused;
	text_copy(m.router_id, sizeof(m.router_id), "r\r\nX: y");
	assert_true(mail_compose(text, &m, &e) > 0);
	assert_null(strstr(text, "\nBcc"));
	assert_null(strstr(text, "\nX: y"));
	assert_null(strstr(text, "\n."));
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 13);
}

static void test_services(void **unused)
{
	struct event e = { .kind = EVENT_RS_STATE, .to = VIEW_RS_DOWN, .name = "[10.0.0.1]:tcp:80", .up = 1, .total = 2 };
	struct wire_mail m = settings();
	char text[MAIL_TEXT_MAX];

	(void)unused;
	e.key.rs.service.fwmark = 7;
	e.key.rs.service.family = AF_INET;
	mail_compose(text, &m, &e);
	assert_non_null(strstr(text, "Subject: [LVS_1] Realserver [10.0.0.1]:tcp:80 of virtual server FWM 7 - DOWN\r\n"));
	assert_non_null(strstr(text, "real servers up: 1 of 2\r\n"));
	e.kind = EVENT_VS_QUORUM;
	e.to = VIEW_QUORUM_GAINED;
	mail_compose(text, &m, &e);
	assert_non_null(strstr(text, "Virtualserver [10.0.0.1]:tcp:80 - UP\r\n"));
}

static void test_wanted(void **unused)
{
	static const struct {
		enum conf_tristate own, kind, all;
		bool vrrp, checker;
	} cases[] = {
		{ CONF_UNSET, CONF_UNSET, CONF_UNSET, false, true },
		{ CONF_UNSET, CONF_UNSET, CONF_YES, true, true },
		{ CONF_UNSET, CONF_UNSET, CONF_NO, false, false },
		{ CONF_UNSET, CONF_NO, CONF_YES, false, false },
		{ CONF_UNSET, CONF_YES, CONF_NO, true, true },
		{ CONF_YES, CONF_NO, CONF_NO, true, true },
		{ CONF_NO, CONF_YES, CONF_YES, false, false },
	};
	struct conf c = { .n_vrrp = 0 };

	(void)unused;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		c.global.mail = (struct conf_global_mail){
			.alert = cases[i].all, .alert_vrrp = cases[i].kind, .alert_checker = cases[i].kind,
		};
		assert_int_equal(bind_mail_vrrp(&c, cases[i].own, false), cases[i].vrrp);
		assert_int_equal(bind_mail_service(&c, cases[i].own, CONF_UNSET), cases[i].checker);
		assert_int_equal(bind_mail_service(&c, CONF_UNSET, cases[i].own), cases[i].checker);
	}
	c.global.mail = (struct conf_global_mail){ .alert = CONF_YES, .no_faults = true };
	assert_false(bind_mail_vrrp(&c, CONF_UNSET, true));
	assert_true(bind_mail_vrrp(&c, CONF_UNSET, false));
	c.global.mail = (struct conf_global_mail){ .no_checkers = true };
	assert_false(bind_mail_service(&c, CONF_UNSET, CONF_UNSET));
	assert_true(bind_mail_service(&c, CONF_YES, CONF_UNSET));
	assert_false(bind_mail_service(&c, CONF_NO, CONF_YES)); /* the server's own word counts */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_router),
		cmocka_unit_test(test_injection),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
