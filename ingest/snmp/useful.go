package snmp

import "math"

// useful is what the rows of a pass show to be of use.
type useful struct {
	columns  columnSet // that rows were made of
	narrow   columnSet // the 32-bit counters of octets that there are
	counting bool      // any 64-bit counter of octets is not 0
}

// add takes rows into account that were asked for all columns.
func (u *useful) add(rows []row) {
	var chosen counters
	for i := range rows {
		r := &rows[i]
		if r.repeated {
			for _, c := range namingColumns {
				u.columns.add(c)
			}
		}
		if len(trim(r.texts[textName])) > 0 {
			u.columns.add(ifName)
		} else {
			u.columns.add(ifDescr)
		}
		readCounters(r, &chosen)
		for _, origin := range chosen.origins {
			if origin != 0 {
				u.columns.add(column(origin&^wideOrigin) - 1)
			}
		}
		u.counting = u.counting || r.values[ifHCInOctets]|r.values[ifHCOutOctets] != 0
		u.narrow |= r.present & (1<<ifInOctets | 1<<ifOutOctets)
		if r.values[ifHighSpeed] <= math.MaxUint32/1_000_000 && r.present.has(ifSpeed) {
			u.columns.add(ifSpeed)
		}
		for _, c := range []column{ifHighSpeed, ifCounterDiscontinuityTime, ifAdminStatus, ifOperStatus} {
			if r.present.has(c) {
				u.columns.add(c)
			}
		}
	}
}

// asked returns the columns of use in the order in which they are asked; all there are
// where there were no rows.
func (u *useful) asked() []column {
	if u.columns == 0 {
		return counterColumns
	}
	wanted := u.columns
	if !u.counting { // they may be those that never move: the others go on being asked
		wanted |= u.narrow
	}
	var columns []column
	for _, c := range counterColumns {
		if wanted.has(c) {
			columns = append(columns, c)
		}
	}
	return columns
}
