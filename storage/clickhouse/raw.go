package clickhouse

import (
	"context"
	"fmt"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// rawKinds are the kinds that have a table, in the order they are written.
var rawKinds = []sample.Kind{
	sample.KindDevices, sample.KindInterfaceIdentities, sample.KindPaths,
	sample.KindInterfaces, sample.KindKeyframes, sample.KindPings, sample.KindUptimes,
	sample.KindVoice, sample.KindHeartbeats, sample.KindSyslog,
	sample.KindHealthIdentities, sample.KindHealth, sample.KindNotifications, sample.KindOutcomes,
}

// rawTable returns the name of a kind's table.
func rawTable(kind sample.Kind) string { return "raw_" + kind.String() }

// rawColumns binds the rows of a kind to the columns of its table.
func rawColumns(rows sample.Rows) ([]column, error) {
	switch r := rows.(type) {
	case *sample.Interfaces:
		return append([]column{
			of("device_id", &r.Device), of("interface_id", &r.Interface),
			of("offset_ms", &r.OffsetMs), of("interval_ms", &r.IntervalMs), of("speed_bps", &r.SpeedBps),
			of("admin_status", &r.AdminStatus), of("oper_status", &r.OperStatus),
			of("width", &r.Width), of("evidence", &r.Evidence),
			of("uptime_start", &r.UptimeStart), of("uptime_end", &r.UptimeEnd),
		}, counterColumns(&r.Counters)...), nil
	case *sample.Keyframes:
		return append([]column{
			of("device_id", &r.Device), of("interface_id", &r.Interface),
			of("offset_ms", &r.OffsetMs), of("width", &r.Width), of("uptime_end", &r.UptimeEnd),
		}, counterColumns(&r.Counters)...), nil
	case *sample.InterfaceIdentities:
		return []column{
			of("device_id", &r.Device), of("interface_id", &r.Interface),
			of("if_index", &r.IfIndex), of("if_type", &r.IfType), of("mtu", &r.MTU),
			of("name", &r.Name), of("alias", &r.Alias), of("description", &r.Description),
			of("phys_address", &r.PhysAddress), of("speed_bps", &r.SpeedBps),
		}, nil
	case *sample.Pings:
		return []column{
			of("device_id", &r.Device), of("offset_ms", &r.OffsetMs), of("interval_ms", &r.IntervalMs),
			of("attempt", &r.Attempt), of("sent", &r.Sent), of("received", &r.Received),
			of("icmp_error", &r.ICMPError), lists("rtt_us", &r.RTT),
			of("icmp_code", &r.ICMPCode), of("error_from", &r.ErrorFrom),
			of("duplicates", &r.Duplicates), of("reordered", &r.Reordered), of("reply_ttl", &r.ReplyTTL),
		}, nil
	case *sample.Uptimes:
		return []column{
			of("device_id", &r.Device), of("offset_ms", &r.OffsetMs),
			of("sys_uptime", &r.SysUpTime), of("hr_system_uptime", &r.HrSystemUptime),
			of("engine_time", &r.EngineTime), of("engine_boots", &r.EngineBoots), of("presence", &r.Presence),
		}, nil
	case *sample.Voice:
		return []column{
			of("path_id", &r.Path), of("duration_ms", &r.DurationMs), of("codec", &r.Codec),
			of("sent", &r.Sent), of("received", &r.Received), of("duplicates", &r.Duplicates),
			of("reordered", &r.Reordered), of("loss_runs", &r.LossRuns), of("min_rtt_us", &r.MinRTTUs),
			of("sum_rtt_us", &r.SumRTTUs), of("jitter_us", &r.JitterUs),
			of("synchronised", &r.Synchronised), of("sum_forward_us", &r.SumForwardUs),
			of("dscp_sent", &r.DSCPSent), of("dscp_received", &r.DSCPReceived),
			lists("delays", &r.Delays), lists("run_lengths", &r.RunLengths),
			of("bursts", &r.Bursts), of("burst_packets", &r.BurstPackets), of("burst_lost", &r.BurstLost),
			of("origin", &r.Origin), of("late_arrivals", &r.LateArrivals), of("max_rtt_us", &r.MaxRTTUs),
			of("loss_forward", &r.LossForward), of("loss_backward", &r.LossBackward),
			of("jitter_forward_us", &r.JitterForwardUs), of("jitter_backward_us", &r.JitterBackwardUs),
			of("one_way", &r.OneWay), of("sum_backward_us", &r.SumBackwardUs),
			of("reported_mos_hundredths", &r.ReportedMOSHundredths), of("reported_icpif", &r.ReportedICPIF),
			of("remarked_packets", &r.RemarkedPackets), of("remarked_forward", &r.RemarkedForward), of("dscp_forward", &r.DSCPForward),
			of("ttl_forward", &r.TTLForward), of("ttl_backward", &r.TTLBackward), of("route_changes", &r.RouteChanges), of("step_us", &r.StepUs),
			of("stateful", &r.Stateful), of("clock_error_us", &r.ClockErrorUs), of("clock_steps", &r.ClockSteps), of("undelivered", &r.Undelivered),
		}, nil
	case *sample.Heartbeats:
		return []column{
			of("offset_ms", &r.OffsetMs), of("interval_ms", &r.IntervalMs), of("sequence", &r.Sequence),
			of("backlog_blocks", &r.BacklogBlocks), of("backlog_bytes", &r.BacklogBytes),
			of("dropped_blocks", &r.DroppedBlocks),
			of("version", &r.Version), of("sent_bytes", &r.SentBytes), of("sent_ms", &r.SentMs),
		}, nil
	case *sample.Devices:
		return []column{
			of("device_id", &r.Device), of("behind_id", &r.Behind), of("name", &r.Name), of("address", &r.Address),
			of("sys_object_id", &r.SysObjectID), of("sys_name", &r.SysName), of("sys_descr", &r.SysDescr),
		}, nil
	case *sample.Paths:
		return []column{
			of("path_id", &r.Path), of("name", &r.Name), of("target", &r.Target), of("codec", &r.Codec),
		}, nil
	case *sample.Syslog:
		return []column{
			of("device_id", &r.Device), of("offset_ms", &r.OffsetMs), of("sequence", &r.Sequence),
			of("format", &r.Format), of("facility", &r.Facility), of("severity", &r.Severity),
			times("stamped", &r.StampedMs), of("source", &r.Source), of("hostname", &r.Hostname),
			of("app_name", &r.AppName), of("process_id", &r.ProcessID), of("message_id", &r.MessageID),
			of("mnemonic", &r.Mnemonic), of("message", &r.Message), of("raw", &r.Raw), of("complaint", &r.Complaint),
			of("occurrences", &r.Occurrences), of("relayed", &r.Relayed),
		}, nil
	case *sample.Notifications:
		return []column{
			of("device_id", &r.Device), of("offset_ms", &r.OffsetMs), of("sequence", &r.Sequence),
			of("version", &r.Version), of("inform", &r.Inform), of("trap_oid", &r.TrapOID), of("name", &r.Name),
			of("severity", &r.Severity), of("sys_uptime", &r.SysUpTime), of("source", &r.Source), of("agent", &r.Agent),
			of("enterprise", &r.Enterprise), of("if_index", &r.IfIndex), of("interface_name", &r.InterfaceName),
			of("variables", &r.Variables), of("complaint", &r.Complaint),
		}, nil
	case *sample.HealthIdentities:
		return []column{
			of("device_id", &r.Device), of("sensor_id", &r.Sensor), of("sensor_kind", &r.SensorKind),
			of("name", &r.Name), of("source", &r.Source),
		}, nil
	case *sample.Health:
		return []column{
			of("device_id", &r.Device), of("sensor_id", &r.Sensor), of("offset_ms", &r.OffsetMs),
			of("sensor_kind", &r.SensorKind), of("status", &r.Status),
			of("measured", &r.Measured), of("value_milli", &r.ValueMilli),
		}, nil
	case *sample.Outcomes:
		return []column{
			of("device_id", &r.Device), of("offset_ms", &r.OffsetMs), times("started", &r.StartedMs),
			of("interval_ms", &r.IntervalMs), of("holds_ms", &r.HoldsMs), of("asked", &r.Asked), of("result", &r.Result),
			times("since", &r.SinceMs), times("good", &r.GoodMs), of("interfaces", &r.Interfaces), of("sensors", &r.Sensors),
			of("profile", &r.Profile), of("version", &r.Version), of("notes", &r.Notes), of("detail", &r.Detail),
		}, nil
	}
	return nil, fmt.Errorf("kind %s has no table", rows.Kind())
}

// counterNames are the columns of an interface's counters, in the order of
// sample.Counters.
var counterNames = [...]string{
	"in_octets", "out_octets", "in_ucast_pkts", "out_ucast_pkts",
	"in_multicast_pkts", "out_multicast_pkts", "in_broadcast_pkts", "out_broadcast_pkts",
	"in_errors", "out_errors", "in_discards", "out_discards",
}

func counterColumns(counters *sample.Counters) []column {
	all := counters.CounterColumns()
	columns := make([]column, len(all))
	for i, values := range all {
		columns[i] = of(counterNames[i], values)
	}
	return columns
}

// originColumns binds where the rows came from.
func originColumns(origin *storage.Origin) []column {
	return []column{
		of("customer_id", &origin.Customer), of("site_id", &origin.Site), of("appliance_id", &origin.Appliance),
		times("slot", &origin.SlotMs), of("kafka_offset", &origin.Offset),
	}
}

// rawPartition returns the table partition of each row, as the tables' PARTITION BY
// says. Tables of names have one.
func rawPartition(table *storage.Table) func(int) int64 {
	switch r := table.Rows.(type) {
	case *sample.Devices, *sample.InterfaceIdentities, *sample.Paths, *sample.HealthIdentities:
		return nil
	case *sample.Syslog: // by the time received, which is in its natural key
		return func(row int) int64 { return floorDay(table.SlotMs[row] + int64(r.OffsetMs[row])) }
	case *sample.Notifications:
		return func(row int) int64 { return floorDay(table.SlotMs[row] + int64(r.OffsetMs[row])) }
	}
	return byDay(table.SlotMs)
}

// WriteRaw writes the batch's rows as they came, ticks left out. Writing the same
// batch again, wholly or after a failure half-way, leaves each row once. Batches that
// are written at the same time share INSERTs.
func (s *Store) WriteRaw(ctx context.Context, batch *storage.Batch) error {
	insertions, err := rawInsertions(batch)
	if err != nil {
		return fmt.Errorf("write raw rows of %s: %w", batch.Source, err)
	}
	if len(insertions) == 0 {
		return nil
	}
	return s.raw.do(ctx, insertions)
}

func rawInsertions(batch *storage.Batch) ([]insertion, error) {
	part, err := partitionNumber(batch.Source.Partition)
	if err != nil {
		return nil, err
	}
	var all []insertion
	for _, kind := range rawKinds {
		table := batch.Table(kind)
		if table == nil || table.Rows.Len() == 0 {
			continue
		}
		columns, err := rawColumns(table.Rows)
		if err != nil {
			return nil, err
		}
		columns = append(originColumns(&table.Origin), columns...)
		columns = append(columns, constant("part", part, table.Rows.Len()))
		var current []insertion
		switch rows := table.Rows.(type) {
		case *sample.Heartbeats:
			came := cameMs(batch, rows)
			columns = append(columns, times("came_ts", &came))
			current = append(current, applianceCurrentInsertion(part, &table.Origin, rows, came))
		case *sample.Pings:
			current = append(current, pingCurrentInsertion(&table.Origin, rows))
		}
		all = append(append(all, insertion{rawTable(kind), columns, rawPartition(table)}), current...)
	}
	return all, nil
}

// cameMs is when each heartbeat of a batch came, by the last tick before it; 0 where nobody knows.
func cameMs(batch *storage.Batch, beats *sample.Heartbeats) []int64 {
	came := make([]int64, beats.Len())
	for i := range batch.Blocks {
		if block := &batch.Blocks[i]; block.Kind == sample.KindHeartbeats {
			for row := block.From; row < block.To; row++ {
				came[row] = block.CameMs
			}
		}
	}
	return came
}

// partitionNumber returns a topic partition as it is stored.
func partitionNumber(partition int) (uint16, error) {
	if partition < 0 || partition > 1<<16-1 {
		return 0, fmt.Errorf("topic partition %d cannot be stored: it must be 0 to 65535", partition)
	}
	return uint16(partition), nil
}
