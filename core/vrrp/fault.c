/*
 * Words for why a virtual router cannot run (enum vrrp_fault). Pure.
 */
#include "config.h"

#include "core/vrrp/router.h"

const char *vrrp_fault_text(unsigned faults)
{
	static const struct {
		enum vrrp_fault bit;
		const char *text;
	} words[] = {
		{ VRRP_FAULT_NO_INTERFACE, "the interface does not exist" },
		{ VRRP_FAULT_LINK_DOWN, "the interface is down or has no carrier" },
		{ VRRP_FAULT_NO_ADDRESS, "the interface has no address to send adverts from" },
		{ VRRP_FAULT_SOCKET, "the kernel refused the sockets" },
		{ VRRP_FAULT_TRACK, "a tracker is down" },
		{ VRRP_FAULT_NO_PEER, "no unicast peer is configured" },
		{ VRRP_FAULT_GROUP, "another member of its sync group is in FAULT" },
		{ VRRP_FAULT_STATIC, "a static address, route or rule of its track_group is missing" },
		{ VRRP_FAULT_VMAC, "the interface with the virtual MAC cannot be made" },
		{ VRRP_FAULT_KEEP, "a virtual route or rule was lost, and the kernel does not take it back" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (faults & words[i].bit)
			return words[i].text;
	return "";
}
