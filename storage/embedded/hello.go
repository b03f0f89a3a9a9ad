package embedded

import "encoding/binary"

// helloQuery is what clickhouse-go asks first, to learn the revision in which to read
// all later blocks. The engine would answer with its own revision but writes blocks
// of revision 0, so this one question is answered here.
const helloQuery = "SELECT displayName(), version(), revision(), timezone()"

// customSerialization is the revision from which each column of a block has a flag
// for custom serialization.
const customSerialization = 54454

// helloBlock is the answer to helloQuery as a Native block of one row in the
// revision that the client reads it in.
func helloBlock(protocol uint64, version, timezone string) []byte {
	var b []byte
	if protocol > 0 {
		// Block info: field 1 is_overflows false, field 2 bucket_num -1, end.
		b = append(b, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0)
	}
	b = append(b, 4, 1) // columns, rows
	column := func(name, kind string) {
		b = appendString(appendString(b, name), kind)
		if protocol >= customSerialization {
			b = append(b, 0)
		}
	}
	column("displayName()", "String")
	b = appendString(b, "mimamori embedded engine")
	column("version()", "String")
	b = appendString(b, version)
	column("revision()", "UInt32")
	b = append(b, 0, 0, 0, 0)
	column("timezone()", "String")
	return appendString(b, timezone)
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
