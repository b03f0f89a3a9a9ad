package clickhouse

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Topology returns the devices that a query selects at query.To, by customer, site and
// name, each with what it is behind: those that have a state, and those that their
// appliance named. Reboots counts those in the time asked for.
func (s *Store) Topology(ctx context.Context, query storage.Query) ([]storage.Node, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	where := conditions(query, entityDevice)
	if query.Trouble {
		troubled, few, err := s.troubled(ctx, query)
		if err != nil || few && len(troubled) == 0 {
			return nil, err
		}
		if few {
			where += " AND (customer_id, device_id) IN (" + troubled.list() + ")"
		}
	}
	var t topology
	err := together(ctx,
		func(ctx context.Context) (err error) { t.devices, err = s.devicesThen(ctx, query, where); return err },
		func(ctx context.Context) (err error) { t.removed, err = s.removed(ctx, query); return err },
		func(ctx context.Context) (err error) { t.told, err = s.toldDevices(ctx, query, where); return err },
		func(ctx context.Context) (err error) { t.names, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) (err error) { t.under, err = s.works(ctx, query); return err },
		func(ctx context.Context) (err error) { t.silentMs, err = s.silentFrom(ctx, query); return err },
		func(ctx context.Context) (err error) { t.appliances, err = s.applianceNames(ctx, query); return err },
		func(ctx context.Context) (err error) { t.pinged, err = s.pinged(ctx, query, where); return err },
		func(ctx context.Context) (err error) {
			t.interfaces, err = s.interfaceCounts(ctx, query, where)
			return err
		},
		func(ctx context.Context) (err error) { t.reboots, err = s.rebootCounts(ctx, query, where); return err },
	)
	if err != nil {
		return nil, err
	}
	if t.elsewhere, err = s.behindNames(ctx, query, t.told); err != nil {
		return nil, err
	}
	nodes := t.nodes(query.To.UnixMilli())
	order := limited(t.ordered(nodes, query.Trouble), query)
	answer := make([]storage.Node, len(order))
	for i, one := range order {
		answer[i] = nodes[one.index].Node
	}
	return answer, nil
}

// mostTroubled is how many devices are named in a condition; of more all are read.
const mostTroubled = 1000

// troubled returns the devices of which it is not certain that they are up at the end of the time asked for; false where
// they are too many to be named.
func (s *Store) troubled(ctx context.Context, query storage.Query) (ownedIDs, bool, error) {
	silentMs, err := s.silentFrom(ctx, query)
	if err != nil || silentMs < query.To.UnixMilli() {
		return nil, false, err // nothing is known of any
	}
	where := conditions(query, entityDevice)
	var uncertain, stateless ownedIDs
	read := func(ctx context.Context, name, sql string, into *ownedIDs) error {
		var key ownedID
		return s.query(ctx, name, "SELECT DISTINCT customer_id, device_id FROM "+sql+" LIMIT "+strconv.Itoa(mostTroubled+1), parameters(query),
			[]any{&key.customer, &key.id}, func() { *into = append(*into, key) })
	}
	err = together(ctx,
		func(ctx context.Context) error {
			return read(ctx, "troubled", "device_current FINAL WHERE "+where+" AND (state != 1 OR since_ts >= fromUnixTimestamp64Milli({to:Int64}) OR first_seen_ts >= fromUnixTimestamp64Milli({to:Int64}))", &uncertain)
		},
		func(ctx context.Context) error {
			return read(ctx, "troubled_stateless", "raw_devices WHERE "+where+" AND (customer_id, device_id) NOT IN (SELECT customer_id, device_id FROM device_current WHERE "+where+")", &stateless)
		},
	)
	all := append(uncertain, stateless...)
	return all, len(all) <= mostTroubled, err
}

// topology is what the devices are put together from.
type topology struct {
	devices    map[ownedID]*deviceThen
	told       map[ownedID]toldDevice
	elsewhere  map[ownedID]string // names of those that others are behind and that are not among told
	removed    removedDevices
	names      placeNames
	under      works
	silentMs   int64
	appliances map[ownedID]string
	pinged     map[ownedID]lastPings
	interfaces map[ownedID]int
	reboots    map[ownedID]rebootCount
}

// toldDevice is what an appliance last told of a device.
type toldDevice struct {
	at                                   place
	appliance, behind                    sample.ID
	name, address, system, object, model string
}

type rebootCount struct {
	within int // the time asked for
	lastMs int64
}

type placedNode struct {
	storage.Node
	at   place
	name string // as it was told; empty where it was not
}

// orderedNode is what nodes are ordered by: a node itself has too much in it to be moved about.
type orderedNode struct {
	rank, index int // of its place, and among all nodes
	name        string
	id          sample.ID
}

// ordered are the nodes by customer, site and name; with trouble without those that are up.
func (t *topology) ordered(nodes []placedNode, trouble bool) []orderedNode {
	ranks := map[place]int{}
	for i := range nodes {
		ranks[nodes[i].at] = 0
	}
	t.names.rank(ranks)
	all := make([]orderedNode, 0, len(nodes))
	for i := range nodes {
		if node := &nodes[i]; !trouble || node.State != storage.StateUp {
			all = append(all, orderedNode{ranks[node.at], i, node.name, node.ID})
		}
	}
	slices.SortFunc(all, func(a, b orderedNode) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return all
}

// nodes are the devices that have a state or a name and were not removed.
func (t *topology) nodes(toMs int64) []placedNode {
	all := make([]placedNode, 0, len(t.devices))
	for key, device := range t.devices {
		if t.removed[key] {
			continue
		}
		one := t.node(key, device.at, device.appliance)
		one.State, one.Cause, one.Since = device.state, device.cause, momentOrZero(device.sinceMs)
		if t.silentMs < toMs && one.State != storage.StateUnknown {
			one.State, one.Cause, one.Since = storage.StateUnknown, storage.CauseSilent, instant(max(t.silentMs, device.sinceMs))
		}
		one.LastSeen = momentOrZero(max(device.seenMs, t.pinged[key].answeredMs))
		one.Unanswered = momentOrZero(t.pinged[key].lostMs)
		if device.clockMs > 0 {
			started := device.clockMs - runningMs(device.presence, device.hundredths, device.hrHundredths, device.seconds)
			one.Booted = momentOrZero(max(t.reboots[key].lastMs, started))
		}
		all = append(all, one)
	}
	for key, told := range t.told {
		if _, ok := t.devices[key]; !ok && !t.removed[key] {
			all = append(all, t.node(key, told.at, told.appliance))
		}
	}
	return all
}

// node is what is known of a device beside its state.
func (t *topology) node(key ownedID, at place, appliance sample.ID) placedNode {
	told := t.told[key]
	var one storage.Node
	one.Entity = deviceEntity(key.id, at.customer, at.site, t.names.customers[at.customer], t.names.sites[at.site], told.name)
	one.Address, one.SystemName, one.ObjectID, one.Model = told.address, told.system, told.object, told.model
	behind := ownedID{key.customer, told.behind}
	one.BehindID, one.Behind = told.behind, named(cmp.Or(t.told[behind].name, t.elsewhere[behind]), told.behind)
	one.Appliance, one.Interfaces = t.appliances[ownedID{key.customer, appliance}], t.interfaces[key]
	one.Maintenance = t.under.coversDevice(at, key.id, told.name)
	one.LastSeen, one.Reboots, one.Booted = momentOrZero(t.pinged[key].answeredMs), t.reboots[key].within, momentOrZero(t.reboots[key].lastMs)
	return placedNode{one, at, told.name}
}

// toldDevices reads what appliances last told of the devices that a query selects.
func (s *Store) toldDevices(ctx context.Context, query storage.Query, where string) (map[ownedID]toldDevice, error) {
	all := map[ownedID]toldDevice{}
	var key ownedID
	var row toldDevice
	err := s.query(ctx, "told_devices", `SELECT customer_id, device_id, site_id, appliance_id, behind_id, name, address, sys_name, sys_object_id, splitByChar('\n', trimBoth(sys_descr, ' \t\r\n'))[1]
FROM raw_devices WHERE `+where+` ORDER BY customer_id, device_id, slot DESC LIMIT 1 BY customer_id, device_id`, parameters(query),
		[]any{&key.customer, &key.id, &row.at.site, &row.appliance, &row.behind, &row.name, &row.address, &row.system, &row.object, &row.model}, func() {
			row.at.customer, row.model = key.customer, strings.TrimSpace(row.model)
			all[key] = row
		})
	return all, err
}

// behindNames reads the names of what devices are behind, where that is not among them.
func (s *Store) behindNames(ctx context.Context, query storage.Query, told map[ownedID]toldDevice) (map[ownedID]string, error) {
	names := map[ownedID]string{}
	for key, device := range told {
		behind := ownedID{key.customer, device.behind}
		if _, ok := told[behind]; device.behind != 0 && !ok {
			names[behind] = ""
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	where := inScope(query.Scope) + " AND (customer_id, device_id) IN (" + ownedIDs(slices.Collect(maps.Keys(names))).list() + ")"
	return names, s.deviceNames(ctx, where, nil, names)
}

func (s *Store) applianceNames(ctx context.Context, query storage.Query) (map[ownedID]string, error) {
	query.Site, query.Device = "", ""
	appliances, err := s.registry(ctx, query, appliancesTable)
	all, listed := map[ownedID]string{}, map[ownedID]int64{}
	for _, one := range appliances.all {
		key := ownedID{one.at.customer, one.id}
		if at, ok := listed[key]; !ok || one.listedMs > at {
			all[key], listed[key] = one.name, one.listedMs
		}
	}
	return all, err
}

func (s *Store) interfaceCounts(ctx context.Context, query storage.Query, where string) (map[ownedID]int, error) {
	all := map[ownedID]int{}
	var key ownedID
	var count uint64
	err := s.query(ctx, "interface_counts", `SELECT customer_id, device_id, uniqExact(interface_id) FROM raw_interface_identities WHERE `+where+` GROUP BY customer_id, device_id`,
		parameters(query), []any{&key.customer, &key.id, &count}, func() { all[key] = int(count) })
	return all, err
}

// rebootCounts counts the restarts of devices in the time asked for, and says when the last
// one before its end was.
func (s *Store) rebootCounts(ctx context.Context, query storage.Query, where string) (map[ownedID]rebootCount, error) {
	all := map[ownedID]rebootCount{}
	var key ownedID
	var within uint64
	var last int64
	err := s.query(ctx, "reboot_counts", `SELECT customer_id, device_id, countIf(at_ts >= fromUnixTimestamp64Milli({from:Int64})), max(toUnixTimestamp64Milli(at_ts)) FROM reboots FINAL
WHERE `+where+` AND kind = 1 AND at_ts < fromUnixTimestamp64Milli({to:Int64}) GROUP BY customer_id, device_id`,
		parameters(query), []any{&key.customer, &key.id, &within, &last}, func() { all[key] = rebootCount{int(within), last} })
	return all, err
}

// runningMs is for how long a device has been running by the clocks it told: its own
// where it has one, else that of its agent.
func runningMs(presence sample.UptimePresence, hundredths, hrHundredths, engine uint32) int64 {
	switch {
	case presence&sample.HasHrSystemUptime != 0:
		return int64(hrHundredths) * 10
	case presence&sample.HasEngineTime != 0:
		return int64(engine) * 1000
	}
	return int64(hundredths) * 10
}
