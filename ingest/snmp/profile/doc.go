// Package profile holds what is asked of a device of which make: which tables of
// which MIBs say how its processors, memory, fans, neighbours or calls are doing, and
// what the numbers in them mean. Profiles are data, one YAML file a family, and are
// found by a device's sysObjectID and sysDescr (SNMPv2-MIB, RFC 3418).
//
// What lives here: the families that come with the program (families/*.yaml), how such
// a file is written (file.go), reading a folder of them and resolving what inherits
// from what (load.go), holding what a file says against what can be polled
// (compile.go), what a table of sensors is then (table.go), what its rows are called
// (name.go), and which profile a device gets (profile.go). What does not: asking an
// agent, and what a row that it answered means (ingest/snmp).
//
// Adding a family: a file in families, or in the folder that snmp.profiles names;
// docs/profiles.md has the keys and a complete example. No code is needed.
package profile
