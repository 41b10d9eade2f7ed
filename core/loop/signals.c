/*
 * Signals as queued items. Owns one watch a signal for the life of the loop; the catching is libev's.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/loop/loop_priv.h"

struct signal_watch {
	struct loop *loop;
	ev_signal ev;
	struct loop_item item;
	struct signal_watch *next;
};

static void on_signal(struct ev_loop *ev, ev_signal *evs, int revents)
{
	struct signal_watch *w = evs->data;

	(void)ev;
	(void)revents;
	loop_item_post(w->loop, &w->item);
}

int loop_signal(struct loop *l, int signo, void (*fn)(void *user), void *user)
{
	struct signal_watch *w;

	if (signo <= 0 || signo >= NSIG || signo == SIGKILL || signo == SIGSTOP)
		return EINVAL;
	for (w = l->signals; w; w = w->next)
		if (w->ev.signum == signo)
			return EEXIST;
	w = calloc(1, sizeof(*w));
	if (!w)
		return ENOMEM;
	w->loop = l;
	loop_item_init(&w->item, fn, user);
	ev_signal_init(&w->ev, on_signal, signo);
	w->ev.data = w;
	ev_signal_start(l->ev, &w->ev);
	w->next = l->signals;
	l->signals = w;
	return 0;
}

void signals_stop(struct loop *l)
{
	struct signal_watch *w = l->signals;

	while (w) {
		struct signal_watch *next = w->next;

		ev_signal_stop(l->ev, &w->ev);
		loop_item_cancel(l, &w->item);
		free(w);
		w = next;
	}
	l->signals = NULL;
}
