package clickhouse

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// deviceStates are the columns of the tables device_states and device_current.
type deviceStates struct {
	owner                             owners
	appliance                         []sample.ID
	part                              []uint16
	state, cause, presence            []uint8
	since, firstSeen, watermark, seen []int64
	pingInterval                      []uint32
	uptimeAt                          []int64
	sysUpTime, hrSystemUptime         []uint32
	engineTime, engineBoots           []uint32
	version                           versions
}

func (d *deviceStates) add(state storage.DeviceState) error {
	part, err := partitionNumber(state.Partition)
	if err != nil {
		return err
	}
	d.owner.add(state.Customer, state.Site, state.Device)
	d.appliance = append(d.appliance, state.Appliance)
	d.part = append(d.part, part)
	d.state = append(d.state, uint8(state.State))
	d.cause = append(d.cause, uint8(state.Cause))
	d.since = append(d.since, state.SinceMs)
	d.firstSeen = append(d.firstSeen, state.FirstSeenMs)
	d.watermark = append(d.watermark, state.WatermarkMs)
	d.seen = append(d.seen, state.LastSeenMs)
	d.pingInterval = append(d.pingInterval, state.PingIntervalMs)
	d.uptimeAt = append(d.uptimeAt, state.UptimeAtMs)
	d.sysUpTime = append(d.sysUpTime, state.SysUpTime)
	d.hrSystemUptime = append(d.hrSystemUptime, state.HrSystemUptime)
	d.engineTime = append(d.engineTime, state.EngineTime)
	d.engineBoots = append(d.engineBoots, state.EngineBoots)
	d.presence = append(d.presence, state.Presence)
	return d.version.add(state.Version)
}

// columns are all but the version's.
func (d *deviceStates) columns() []column {
	return append(d.owner.columns("device_id"),
		of("appliance_id", &d.appliance), of("part", &d.part), of("state", &d.state), of("cause", &d.cause),
		times("since_ts", &d.since), times("first_seen_ts", &d.firstSeen),
		times("watermark_ts", &d.watermark), times("last_seen_ts", &d.seen),
		of("ping_interval_ms", &d.pingInterval), times("uptime_at_ts", &d.uptimeAt),
		of("sys_uptime", &d.sysUpTime), of("hr_system_uptime", &d.hrSystemUptime),
		of("engine_time", &d.engineTime), of("engine_boots", &d.engineBoots), of("presence", &d.presence))
}

// row returns row i, without the tombstone mark.
func (d *deviceStates) row(i int) storage.DeviceState {
	return storage.DeviceState{
		Customer: d.owner.customer[i], Site: d.owner.site[i], Appliance: d.appliance[i], Device: d.owner.entity[i],
		Partition: int(d.part[i]), State: storage.State(d.state[i]), Cause: storage.Cause(d.cause[i]),
		SinceMs: d.since[i], FirstSeenMs: d.firstSeen[i], WatermarkMs: d.watermark[i], LastSeenMs: d.seen[i],
		PingIntervalMs: d.pingInterval[i], UptimeAtMs: d.uptimeAt[i], SysUpTime: d.sysUpTime[i],
		HrSystemUptime: d.hrSystemUptime[i], EngineTime: d.engineTime[i], EngineBoots: d.engineBoots[i],
		Presence: d.presence[i],
		Version:  storage.Version{Epoch: d.version.epoch[i], Offset: d.version.offset[i]},
	}
}

// deviceStateInsertions returns the rows of the history and those of the present. A
// tombstone takes a row out of the history; what is true now comes with a newer row.
func deviceStateInsertions(all []storage.DeviceState) (states, current insertion, err error) {
	var history, present deviceStates
	for _, state := range all {
		if err := history.add(state); err != nil {
			return states, current, err
		}
		if state.Deleted {
			continue
		}
		if err := present.add(state); err != nil {
			return states, current, err
		}
	}
	states = insertion{"device_states", append(history.columns(), history.version.columns()...), nil}
	current = insertion{"device_current", append(present.columns(), present.version.columns()[:2]...), nil}
	return states, current, nil
}
