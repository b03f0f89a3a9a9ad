package snmp

import (
	"fmt"
	"testing"
)

// A device that shows other interfaces of one name in each pass, none of which comes to
// its end, is not kept in memory for ever.
func TestNamesakesAreBounded(t *testing.T) {
	d := newSingle(t, quickConfig()).device
	d.columns = counterColumns
	const page = 1000
	for number := range 2 * maxInterfaces / page {
		d.pass.number++
		rows := make([]row, page)
		for i := range rows {
			rows[i].index = uint32(1 + number*page + i)
			rows[i].state = d.interfaceOf([]byte("port"))
			rows[i].state.duplicate = d.pass.number
			rows[i].texts[textAlias] = fmt.Appendf(nil, "line %d", rows[i].index)
		}
		if ask := d.distinguishPaged(rows); ask {
			t.Fatal("all that tells interfaces apart was asked")
		}
		for i := range rows {
			if state := rows[i].state; state != nil {
				t.Fatalf("%s is told apart before a whole pass was seen", state.name)
			}
		}
		d.turnNamesakes(false)
		kept := 0
		for _, known := range d.shared {
			kept += len(known.past)
		}
		if kept > maxInterfaces {
			t.Fatalf("%d interfaces of one name are kept", kept)
		}
	}
}
