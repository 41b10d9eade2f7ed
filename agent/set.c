/*
 * SET of what an operator may set of a real server (set.h): its weight, its drain, its being disabled.
 *
 * RESERVE1 looks at type and range, RESERVE2 at row and permission, ACTION sends ONE transaction for the whole PDU to
 * the core and waits for its outcome, at most 300 ms: snmpd itself loses patience after a second, and the library then
 * reads freed memory. UNDO takes the transaction back; it is called after a failed ACTION too, so the core takes an
 * unknown one as done. COMMIT only lets the core forget: an error there would be told to nobody.
 */
#include "config.h"

#include "agent/set.h"

#include "agent/mibs.h"
#include "core/base/log.h"

#define SET_DEADLINE (300 * USEC_PER_MS)

/* The master agent has one SET under way at a time. */
static uint64_t current;

/* net-snmp's oid is wider than a sub-identifier. False: no OID of ours is like that. */
static bool to_sub_ids(const netsnmp_variable_list *vb, uint32_t *sub)
{
	if (vb->name_length > OID_MAX)
		return false;
	for (size_t i = 0; i < vb->name_length; i++)
		sub[i] = (uint32_t)vb->name[i];
	return true;
}

static enum mib_found find_cell(const struct mib_view *v, const netsnmp_request_info *r, struct mib_cell *cell)
{
	uint32_t sub[OID_MAX];

	if (!to_sub_ids(r->requestvb, sub))
		return MIB_NO_OBJECT;
	return mib_find(v, sub, r->requestvb->name_length, cell);
}

/* An object that is nowhere writable, or not there. */
static bool nothing_to_write(const struct mib_cell *cell, enum mib_found found)
{
	return found == MIB_NO_OBJECT || (found == MIB_FOUND && !cell->column->writable);
}

/* A row that is not there is RESERVE2's to refuse: its column is not known then, so a value must be in no column's range. */
static bool value_ok(const struct mib_cell *cell, enum mib_found found, long n)
{
	bool truth = n == 1 || n == 2;

	if (found == MIB_FOUND && cell->column->id != REGENT_RS_ADMIN_WEIGHT)
		return truth;
	return n >= -1 && n <= REGENT_WEIGHT_MAX;
}

static int check_value(const struct mib_view *v, const netsnmp_request_info *r)
{
	struct mib_cell cell;
	enum mib_found found = find_cell(v, r, &cell);

	if (nothing_to_write(&cell, found))
		return SNMP_ERR_NOTWRITABLE;
	if (r->requestvb->type != ASN_INTEGER)
		return SNMP_ERR_WRONGTYPE;
	return value_ok(&cell, found, *r->requestvb->val.integer) ? SNMP_ERR_NOERROR : SNMP_ERR_WRONGVALUE;
}

static bool writing_allowed(struct bridge *b)
{
	struct wire_settings s;

	return bridge_settings(b, &s) && s.snmp_write;
}

static int check_row(struct bridge *b, const struct mib_view *v, const netsnmp_request_info *r)
{
	struct mib_cell cell;
	const struct view_rs *rs;

	if (!writing_allowed(b))
		return SNMP_ERR_NOTWRITABLE;
	if (find_cell(v, r, &cell) != MIB_FOUND)
		return SNMP_ERR_INCONSISTENTNAME;
	rs = cell.row;
	return rs->sorry ? SNMP_ERR_NOTWRITABLE : SNMP_ERR_NOERROR;
}

static int outcome_error(uint32_t error)
{
	switch ((enum wire_set_error)error) {
	case WIRE_SET_OK:
		return SNMP_ERR_NOERROR;
	case WIRE_SET_NO_ROW:
		return SNMP_ERR_INCONSISTENTNAME;
	case WIRE_SET_RANGE:
		return SNMP_ERR_WRONGVALUE;
	case WIRE_SET_REFUSED:
		return SNMP_ERR_NOTWRITABLE;
	case WIRE_SET_LATE:
	case WIRE_SET_KERNEL:
		break;
	}
	return SNMP_ERR_COMMITFAILED;
}

/* A TruthValue is 1 or 2. */
static void take_setting(const struct mib_cell *cell, int32_t n, struct wire_setting *out)
{
	out->key = ((const struct view_rs *)cell->row)->key;
	switch (cell->column->id) {
	case REGENT_RS_ADMIN_DRAIN:
		out->what = WIRE_WHAT_DRAIN;
		out->value = n == 1;
		break;
	case REGENT_RS_ADMIN_DISABLE:
		out->what = WIRE_WHAT_DISABLE;
		out->value = n == 1;
		break;
	default:
		out->what = WIRE_WHAT_WEIGHT;
		out->value = n;
		break;
	}
}

static void act(struct bridge *b, const struct mib_view *v, netsnmp_agent_request_info *info,
                netsnmp_request_info *requests)
{
	struct wire_setting settings[WIRE_SET_MAX] = { 0 };
	netsnmp_request_info *of[WIRE_SET_MAX];
	struct wire_set_result result;
	struct mib_cell cell;
	uint32_t n = 0;

	for (netsnmp_request_info *r = requests; r; r = r->next) {
		if (find_cell(v, r, &cell) != MIB_FOUND || n == WIRE_SET_MAX) {
			netsnmp_set_request_error(info, r, SNMP_ERR_INCONSISTENTNAME); /* gone since RESERVE2 */
			return;
		}
		take_setting(&cell, (int32_t)*r->requestvb->val.integer, &settings[n]);
		of[n++] = r;
	}
	bridge_set(b, settings, n, mono_now() + SET_DEADLINE, &result, &current);
	if (result.error == WIRE_SET_LATE)
		log_warn("snmp", "a SET of %u values: no answer from the daemon in time, refused", n);
	if (result.error != WIRE_SET_OK)
		netsnmp_set_request_error(info, of[result.failed < n ? result.failed : 0], outcome_error(result.error));
}

static void reserve1(const struct mib_view *v, netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	for (netsnmp_request_info *r = requests; r; r = r->next) {
		int err = check_value(v, r);

		if (err != SNMP_ERR_NOERROR)
			netsnmp_set_request_error(info, r, err);
	}
}

static void reserve2(struct bridge *b, const struct mib_view *v, netsnmp_agent_request_info *info,
                     netsnmp_request_info *requests)
{
	unsigned n = 0;

	for (netsnmp_request_info *r = requests; r; r = r->next) {
		int err = ++n > WIRE_SET_MAX ? SNMP_ERR_RESOURCEUNAVAILABLE : check_row(b, v, r);

		if (err != SNMP_ERR_NOERROR)
			netsnmp_set_request_error(info, r, err);
	}
}

void set_serve(struct bridge *b, const struct mib_view *v, netsnmp_agent_request_info *info,
               netsnmp_request_info *requests)
{
	switch (info->mode) {
	case MODE_SET_RESERVE1:
		reserve1(v, info, requests);
		break;
	case MODE_SET_RESERVE2:
		reserve2(b, v, info, requests);
		break;
	case MODE_SET_ACTION:
		act(b, v, info, requests);
		break;
	case MODE_SET_UNDO:
		bridge_undo(b, current);
		break;
	case MODE_SET_COMMIT:
		bridge_forget(b, current);
		break;
	default: /* FREE: nothing was taken */
		break;
	}
}
