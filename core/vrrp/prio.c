/*
 * Effective priority (prio.h). RFC 3768 section 5.3.4 and RFC 9568 section 5.2.4: 255 is the owner's alone, 0 means
 * resignation.
 */
#include "config.h"

#include "core/vrrp/prio.h"

int vrrp_prio_sum(const struct vrrp_weight *w, size_t n, bool *fault)
{
	int sum = 0;

	*fault = false;
	for (size_t i = 0; i < n; i++) {
		bool up = w[i].up != w[i].reverse;
		if (w[i].weight == 0)
			*fault |= !up;
		else if ((w[i].weight > 0) == up)
			sum += w[i].weight;
	}
	return sum;
}

uint8_t vrrp_prio_effective(uint8_t base, int sum)
{
	int p = base + sum;

	if (base == 255)
		return 255;
	return (uint8_t)(p < 1 ? 1 : p > 254 ? 254 : p);
}
