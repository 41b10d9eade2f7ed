# Put REGENT-MIB's names (and a few of RFC 2787's) in front of numeric OIDs: net-snmp can do so only where the IETF's base modules are
# installed, which Debian does not ship. awk -f names.awk mibs/REGENT-MIB.txt - <walk
function learn(name, parent, number) { if (parent in oid) { oid[name] = oid[parent] "." number; known[oid[name]] = name } }
BEGIN {
	known[".1.3.6.1.2.1.1.3.0"] = "sysUpTime.0"
	known[".1.3.6.1.6.3.1.1.4.1.0"] = "snmpTrapOID.0"
	oid["netSnmpPlaypen"] = ".1.3.6.1.4.1.8072.9999.9999"
	n = split("vrrpOperVrId vrrpOperVirtualMacAddr vrrpOperState vrrpOperAdminState vrrpOperPriority vrrpOperIpAddrCount " \
		"vrrpOperMasterIpAddr vrrpOperPrimaryIpAddr vrrpOperAuthType vrrpOperAuthKey vrrpOperAdvertisementInterval " \
		"vrrpOperPreemptMode vrrpOperVirtualRouterUpTime vrrpOperProtocol", v, " ")
	for (i = 1; i <= n; i++)
		known[".1.3.6.1.2.1.68.1.3.1." i] = v[i]
}
FNR == NR {
	if (match($0, /^[a-z][A-Za-z0-9]* +(OBJECT-TYPE|OBJECT IDENTIFIER|MODULE-IDENTITY|NOTIFICATION-TYPE)/))
		name = $1
	if (name != "" && match($0, /::= *\{ *[A-Za-z0-9]+ +[0-9]+ *\}/)) {
		split(substr($0, RSTART + 3, RLENGTH - 3), w, /[ {}]+/)
		learn(name, w[2], w[3])
		name = ""
	}
	next
}
{
	line = $0
	rest = ""
	id = $1
	while (id != "" && !(id in known)) {
		dot = match(id, /\.[0-9]+$/)
		if (!dot)
			break
		rest = substr(id, RSTART) rest
		id = substr(id, 1, RSTART - 1)
	}
	if (id in known)
		sub(/^[^ ]+/, known[id] rest, line)
	if ($2 == "=" && $3 == "OID:" && $4 in known)
		sub(/OID: .*/, "OID: " known[$4], line)
	print line
}
