/*
 * Fuzz target of the DNS answer reader.
 *
 * The first byte chooses the question; the rest is the datagram, whose id and question are put right half of the time so
 * that the records are reached. Beyond memory safety: what is stray says nothing, words are printable, a record counts
 * only where there are bytes for it.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/probe/dns_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look(const struct dns_answer *a, size_t len)
{
	check(a->records <= len / 11 && (a->records > 0 || a->seen[0] == '\0'));
	for (const char *p = a->seen; *p; p++)
		check(*p >= 0x20 && *p < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_TXT, DNS_NS, DNS_MX, DNS_SRV, DNS_SOA, 48 };
	struct dns_question q = { .id = 0x1234 };
	struct dns_want w = { .rcode = 0 };
	uint8_t message[2048];
	struct dns_answer a;
	enum dns_result r;

	if (size < 1 || size > sizeof(message) - DNS_QUERY_MAX)
		return 0;
	q.type = types[data[0] & 7];
	check(dns_name_parse(data[0] & 8 ? "www.example." : ".", &q.name));
	if (data[0] & 16)
		text_copy(w.text, sizeof(w.text), "ns.www.example");
	r = dns_answer_read(&q, &w, data + 1, size - 1, &a);
	check(r == DNS_STRAY || size >= 13);
	look(&a, size);
	size_t head = dns_query_write(&q, message);

	message[2] = 0x81;
	message[7] = data[0] >> 5;
	memcpy(message + head, data + 1, size - 1);
	r = dns_answer_read(&q, &w, message, head + size - 1, &a);
	check(r == DNS_READ || r == DNS_BAD);
	check((r == DNS_BAD) == (a.why[0] != '\0'));
	look(&a, size);
	return 0;
}
