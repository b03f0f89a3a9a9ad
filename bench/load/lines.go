package load

import (
	"fmt"
	"strconv"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

// Lines are the interface rows from one whole second up to but not including another as other programs read them: in
// InfluxDB's line protocol, a message for what an appliance measured within a second, with the same counters, names in place
// of ids, and nothing else. rows is how many lines there are.
func (f *Fleet) Lines(from, to time.Time) (messages []bus.Message, rows int) {
	for at := from; at.Before(to); at = at.Add(time.Second) {
		for _, s := range f.sites {
			slot := at.Truncate(PollInterval)
			first, end := s.due(PollInterval, at.Sub(slot))
			polled := s.interfaces(slot, first, end)
			if polled.Len() == 0 {
				continue
			}
			messages = append(messages, bus.Message{Key: bus.Key(s.appliance), Value: s.lines(slot, polled)})
			rows += polled.Len()
		}
	}
	return messages, rows
}

// counterNames are those of IF-MIB in the order of sample.Counters.CounterColumns.
var counterNames = [12]string{
	"ifHCInOctets", "ifHCOutOctets", "ifHCInUcastPkts", "ifHCOutUcastPkts", "ifHCInMulticastPkts", "ifHCOutMulticastPkts",
	"ifHCInBroadcastPkts", "ifHCOutBroadcastPkts", "ifInErrors", "ifOutErrors", "ifInDiscards", "ifOutDiscards",
}

func (s *site) lines(slot time.Time, rows *sample.Interfaces) []byte {
	names := map[sample.ID]string{}
	for device, id := range s.devices {
		names[id] = deviceName(device)
	}
	counters := rows.CounterColumns()
	var text []byte
	port := 0
	for i, device := range rows.Device {
		if i == 0 || rows.Device[i-1] != device {
			port = 0
		}
		text = fmt.Appendf(text, "interface,customer=%s,site=%s,device=%s,ifName=%s ", s.Customer, s.Site, names[device], portName(port))
		for column, values := range counters {
			if column > 0 {
				text = append(text, ',')
			}
			text = append(append(text, counterNames[column]...), '=')
			text = append(strconv.AppendUint(text, (*values)[i], 10), 'i')
		}
		text = append(text, ' ')
		text = strconv.AppendInt(text, slot.Add(time.Duration(rows.OffsetMs[i])*time.Millisecond).UnixNano(), 10)
		text = append(text, '\n')
		port++
	}
	return text
}
