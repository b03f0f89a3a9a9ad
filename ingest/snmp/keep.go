package snmp

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mimamori/ingest/sample"
)

// The counters that a poller had last are kept over a restart, so that the first poll
// afterwards makes a difference. They are kept at an orderly end alone: after a crash
// nobody knows which rows went out after they were, and a difference from them would
// count what passed twice.

// keptFor is how old the counters kept may be; what is older is of no use for figures.
const keptFor = time.Hour

// keptMagic begins what is kept; the CRC-32C of the rest follows.
const keptMagic = "MSC1"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errUnusable says that what was kept cannot be used.
var errUnusable = errors.New("the counters that were kept cannot be used")

// kept is what a poller hands to the next.
type kept struct {
	Boot      string // of the machine, so that SinceBoot can be compared
	SinceBoot time.Duration
	WallMs    int64
	Devices   []keptDevice
}

type keptDevice struct {
	ID         sample.ID
	Address    string
	Clocks     []keptClocks
	Interfaces []keptInterface
}

type keptClocks struct {
	AgeMs, WallMs                                      int64
	SysUpTime, HrSystemUptime, EngineTime, EngineBoots uint32
	HasSysUpTime                                       bool
	Presence                                           sample.UptimePresence
}

type keptInterface struct {
	Name, Base       string
	Index            uint32
	AgeMs            int64
	SysUpTime        uint32
	HasUpTime        bool
	Discontinuity    uint64
	HasDiscontinuity bool
	Clocks           int // index
	Values           [counterCount]uint64
	Origins          [counterCount]origin
	Stuck            bool
}

// machineTime is the time since the machine started, which goes on while a process is
// away, and which start that was; empty where the machine does not say.
func machineTime() (boot string, since time.Duration) {
	var now unix.Timespec
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return "", 0
	}
	return strings.TrimSpace(string(id)), time.Duration(now.Nano())
}

// Keep returns the last counters of all interfaces, for Restore of a later process. It
// is called after Run has returned.
func (p *Poller) Keep() ([]byte, error) {
	now := time.Now()
	all := kept{WallMs: now.UnixMilli()}
	all.Boot, all.SinceBoot = machineTime()
	for _, d := range p.devices {
		device := keptDevice{ID: d.inventory.ID, Address: d.inventory.Address}
		seen := map[*clocks]int{}
		for _, state := range d.interfaces {
			if !state.known {
				continue
			}
			at, met := seen[state.clocks]
			if !met {
				at = len(device.Clocks)
				seen[state.clocks] = at
				c := state.clocks
				device.Clocks = append(device.Clocks, keptClocks{
					AgeMs: p.clock(now) - c.at, WallMs: c.wall, SysUpTime: c.sysUpTime, HrSystemUptime: c.hrSystemUptime,
					EngineTime: c.engineTime, EngineBoots: c.engineBoots, HasSysUpTime: c.hasSysUpTime, Presence: c.presence,
				})
			}
			device.Interfaces = append(device.Interfaces, keptInterface{
				Name: state.name, Base: state.base, Index: state.index, AgeMs: p.clock(now) - state.at,
				SysUpTime: state.sysUpTime, HasUpTime: state.hasUpTime,
				Discontinuity: state.discontinuity, HasDiscontinuity: state.hasDiscontinuity, Clocks: at,
				Values: state.counters.values, Origins: state.counters.origins, Stuck: state.counters.stuck,
			})
		}
		all.Devices = append(all.Devices, device)
	}
	return writeKept(all)
}

func writeKept(all kept) ([]byte, error) {
	var text bytes.Buffer
	text.WriteString(keptMagic + "\x00\x00\x00\x00")
	if err := gob.NewEncoder(&text).Encode(all); err != nil {
		return nil, fmt.Errorf("keep the last counters: %w", err)
	}
	sum := text.Bytes()[len(keptMagic):]
	binary.LittleEndian.PutUint32(sum, crc32.Checksum(sum[4:], castagnoli))
	return text.Bytes(), nil
}

// Restore takes over what Keep returned in an earlier process, before Run. Broken, old
// or foreign counters are an error and leave the poller as it was: its first poll then
// has nothing to compare with.
func (p *Poller) Restore(text []byte) (interfaces int, err error) {
	all, err := readKept(text)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	away := time.Duration(now.UnixMilli()-all.WallMs) * time.Millisecond
	boot, since := machineTime()
	exact := boot != "" && boot == all.Boot
	if exact {
		away = since - all.SinceBoot
	}
	if away < 0 || away > keptFor {
		return 0, fmt.Errorf("%w: they are %s old, of use are those up to %s", errUnusable, away.Round(time.Second), keptFor)
	}
	byID := map[sample.ID]*keptDevice{}
	for i := range all.Devices {
		byID[all.Devices[i].ID] = &all.Devices[i]
	}
	kept := p.clock(now) - away.Milliseconds() // when they were, on this poller's clock
	for _, d := range p.devices {
		if from := byID[d.inventory.ID]; from != nil && from.Address == d.inventory.Address {
			interfaces += d.restore(from, kept, exact)
		}
	}
	return interfaces, nil
}

// restore takes over the counters of a device.
func (d *device) restore(from *keptDevice, kept int64, exact bool) (interfaces int) {
	past := make([]*clocks, len(from.Clocks))
	for i, c := range from.Clocks {
		past[i] = &clocks{
			at: kept - c.AgeMs, wall: c.WallMs, sysUpTime: c.SysUpTime, hrSystemUptime: c.HrSystemUptime,
			engineTime: c.EngineTime, engineBoots: c.EngineBoots, hasSysUpTime: c.HasSysUpTime, presence: c.Presence,
		}
	}
	for _, i := range from.Interfaces {
		if i.Clocks < 0 || i.Clocks >= len(past) {
			continue
		}
		d.interfaces[i.Name] = &interfaceState{
			id: sample.InterfaceID(d.inventory.ID, i.Name), name: i.Name, base: i.Base, index: i.Index,
			known: true, undated: !exact, at: kept - i.AgeMs, sysUpTime: i.SysUpTime, hasUpTime: i.HasUpTime,
			discontinuity: i.Discontinuity, hasDiscontinuity: i.HasDiscontinuity, clocks: past[i.Clocks],
			counters: counters{values: i.Values, origins: i.Origins, stuck: i.Stuck},
		}
		interfaces++
	}
	return interfaces
}

func readKept(text []byte) (all kept, err error) {
	if len(text) < len(keptMagic)+4 || string(text[:len(keptMagic)]) != keptMagic {
		return all, fmt.Errorf("%w: they are of another version", errUnusable)
	}
	sum := text[len(keptMagic):]
	if crc32.Checksum(sum[4:], castagnoli) != binary.LittleEndian.Uint32(sum) {
		return all, fmt.Errorf("%w: their checksum is wrong", errUnusable)
	}
	if err := gob.NewDecoder(bytes.NewReader(sum[4:])).Decode(&all); err != nil {
		return all, fmt.Errorf("%w: %w", errUnusable, err)
	}
	return all, nil
}
