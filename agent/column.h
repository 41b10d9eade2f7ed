/*
 * Getters that most columns share: each reads the field at column->at. What they cannot say, a MIB file says by a
 * getter of its own.
 */
#ifndef REGENT_AGENT_COLUMN_H
#define REGENT_AGENT_COLUMN_H

#include "agent/table.h"

column_fn column_constant;     /* column->most as INTEGER, whatever the row */
column_fn column_text;         /* char[column->most] */
column_fn column_i32;          /* int32_t as INTEGER */
column_fn column_u32;          /* uint32_t as Unsigned32 */
column_fn column_u8_unsigned;  /* uint8_t as Unsigned32 */
column_fn column_u8;           /* uint8_t as INTEGER; above column->most: 0 */
column_fn column_u8_from_1;    /* uint8_t counted from 0, as INTEGER from 1 */
column_fn column_enum32;       /* uint32_t as INTEGER; above column->most: 0 */
column_fn column_counter32;    /* uint64_t, modulo 2^32 */
column_fn column_u32_counter;  /* uint32_t as Counter32 */
column_fn column_counter64;    /* uint64_t */
column_fn column_u64_gauge;    /* uint64_t as Gauge32, saturating */
column_fn column_truth;        /* uint8_t: 0 -> 2, else 1 */
column_fn column_mac;          /* six octets */
column_fn column_date;         /* struct view_time */
column_fn column_usec;         /* usec_t, microseconds as Unsigned32, saturating */
column_fn column_addr_type;    /* struct addr as InetAddressType */
column_fn column_addr;         /* struct addr as InetAddress */
column_fn column_ipaddress;    /* struct addr as IpAddress; 0.0.0.0 where it is not IPv4 */

void value_integer(struct value *v, int64_t n);
void value_unsigned(struct value *v, uint64_t n); /* saturates at 2^32 - 1 */
void value_octets(struct value *v, const void *bytes, size_t n);
void value_text(struct value *v, const char *s, size_t size);
/* RFC 2579 DateAndTime in UTC; eight zeros for "never". */
void value_date(struct value *v, int64_t wall);

/* InetAddressType: 0 unknown, 1 ipv4, 2 ipv6. */
uint32_t inet_type(uint8_t family);
/* Type, then the address with its length: how an InetAddress stands in an index. */
void oid_add_inet(struct oid_name *o, const struct addr *a);

#endif
