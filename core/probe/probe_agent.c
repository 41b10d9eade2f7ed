/*
 * AGENT_CHECK: a program on the server says in one line how much it can take (agent_parse.h). A percentage is one of the
 * configured weight; "drain" is weight 0; "down" and its like are a failure, at once where retry is 0.
 *
 * An agent that cannot be reached, or says what no agent says, is a failure as with every check, and the weight that it gave
 * last stands.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/probe/agent_parse.h"
#include "core/probe/link.h"

struct agent_run {
	struct probe_run *run;
	struct probe_link *link;
	struct agent_line line;
};

static void agent_give_weight(struct probe_run *run, const struct agent_answer *a)
{
	if (a->says == AGENT_DRAIN)
		probe_give_weight(run, PROBE_WEIGHT_PERCENT, 0);
	else if (a->percent >= 0)
		probe_give_weight(run, PROBE_WEIGHT_PERCENT, a->percent);
	else
		probe_give_weight(run, PROBE_WEIGHT_NONE, 0);
}

static void agent_end(struct agent_run *g)
{
	struct agent_answer a;
	const char *why;

	if (!agent_parse(&g->line, &a, &why)) {
		probe_done(g->run, PROBE_R_BAD_RESPONSE, "not an agent: %s", why);
		return;
	}
	if (a.says == AGENT_DOWN) {
		probe_done(g->run, PROBE_R_SAYS_DOWN, "the agent says %s%s%s", a.word, a.reason[0] ? ": " : "", a.reason);
		return;
	}
	agent_give_weight(g->run, &a);
	if (a.says == AGENT_DRAIN)
		probe_done(g->run, PROBE_R_OK, "the agent says drain");
	else if (a.percent >= 0)
		probe_done(g->run, PROBE_R_OK, "the agent says %d%%", a.percent);
	else
		probe_done(g->run, PROBE_R_OK, "the agent says %s", a.word[0] ? a.word : "nothing of its weight");
}

static void agent_connected(struct agent_run *g)
{
	const struct probe_conf *c = g->run->conf;

	link_set_deadline(g->link, probe_answer_timeout(c));
	if (c->agent.send.len > 0)
		link_send(g->link, c->agent.send.data, c->agent.send.len);
}

static void agent_event(void *user, enum conn_event ev, const void *data, size_t len, int err)
{
	struct agent_run *g = user;

	switch (ev) {
	case CONN_CONNECTED:
		agent_connected(g);
		break;
	case CONN_DATA:
		if (agent_line_feed(&g->line, data, len))
			agent_end(g);
		break;
	case CONN_EOF:
		if (g->line.len > 0)
			agent_end(g);
		else
			probe_done(g->run, PROBE_R_CLOSED_EARLY, "closed without an answer");
		break;
	case CONN_ERROR:
		link_failed(g->link, ev, err);
		break;
	case CONN_TIMEOUT:
		if (link_is_connecting(g->link))
			link_failed(g->link, ev, err);
		else
			probe_done(g->run, PROBE_R_RESPONSE_TIMEOUT, "no whole line within %.1f s",
			           probe_seconds(probe_answer_timeout(g->run->conf)));
		break;
	}
}

static void agent_start(struct probe_run *run)
{
	struct agent_run *g = calloc(1, sizeof(*g));
	struct probe_link *k;

	if (!g) {
		probe_done(run, PROBE_R_LOCAL, "this host has no memory");
		return;
	}
	g->run = run;
	run->state = g;
	k = link_open(run, NULL, false, agent_event, g);
	if (k) /* else the run has ended, and g with it */
		g->link = k;
}

static void agent_cancel(struct probe_run *run)
{
	struct agent_run *g = run->state;

	if (!g)
		return;
	run->state = NULL;
	link_close(g->link);
	free(g);
}

const struct probe_ops *probe_agent_ops(void)
{
	static const struct probe_ops ops = {
		.kind = PROBE_AGENT,
		.log_kind = "AGENT_CHECK",
		.log_up = { "Agent of", "says that it serves." },
		.start = agent_start,
		.cancel = agent_cancel,
	};

	return &ops;
}
