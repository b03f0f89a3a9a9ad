package snmp

import (
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/replay"
)

// router is an agent of a router with operations whose clock the test moves.
type router struct {
	*single
	t      *testing.T
	agent  *replay.Agent
	walk   *replay.Walk
	upTime uint32 // hundredths of a second, of the walk
}

// newRouter runs the router of testdata/ios-ipsla.walk, changed by the test.
func newRouter(t *testing.T, cfg Config, config replay.Config, change func(*replay.Walk)) *router {
	t.Helper()
	file, err := os.Open("testdata/ios-ipsla.walk")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	walk, err := replay.Read(file)
	if err != nil || walk.Skipped() > 0 {
		t.Fatalf("%d lines skipped, error %v", walk.Skipped(), err)
	}
	if change != nil {
		change(walk)
	}
	config.Walk, config.Now = walk, func() time.Duration { return 0 }
	agent, _ := runAgent(t, config)
	return &router{single: newSingleAt(t, cfg, nil, agent.Addr().Port()), t: t, agent: agent, walk: walk, upTime: 8_640_000}
}

func put(t *testing.T, walk *replay.Walk, oid string, value replay.Value) {
	t.Helper()
	if err := walk.Put(oid, value); err != nil {
		t.Fatal(err)
	}
}

// pass lets time go by on the router, and lets it be changed.
func (r *router) pass(seconds uint32, change func(*replay.Walk)) {
	r.t.Helper()
	r.upTime += 100 * seconds
	r.walk = r.walk.Clone()
	put(r.t, r.walk, oidSysUpTime, replay.TimeTicks(r.upTime))
	if change != nil {
		change(r.walk)
	}
	r.agent.SetWalk(r.walk)
}

// ran lets an operation have run so many seconds before the router's present time.
func (r *router) ran(walk *replay.Walk, index string, seconds uint32) {
	put(r.t, walk, resultObjects[resultTime]+index, replay.TimeTicks(r.upTime-100*seconds))
}

// figures is what a row of an operation says, its path by name.
type figures struct {
	path, codec                                      string
	duration, sent, received, reordered, min, jitter uint32
	sum                                              uint64
	synchronised, dscp                               uint8
	forward                                          int64
	operation                                        sample.Operation
}

func (r *router) figures() []figures {
	names := map[sample.ID]string{}
	for _, each := range r.device.operations.all {
		names[each.id] = each.name
	}
	var all []figures
	v := &r.voice
	for i, path := range v.Path {
		all = append(all, figures{
			path: names[path], codec: v.Codec[i], duration: v.DurationMs[i], sent: v.Sent[i], received: v.Received[i], reordered: v.Reordered[i],
			min: v.MinRTTUs[i], jitter: v.JitterUs[i], sum: v.SumRTTUs[i], synchronised: v.Synchronised[i], dscp: v.DSCPSent[i], forward: v.SumForwardUs[i],
			operation: sample.Operation{
				Origin: v.Origin[i], LateArrivals: v.LateArrivals[i], MaxRTTUs: v.MaxRTTUs[i], LossForward: v.LossForward[i], LossBackward: v.LossBackward[i],
				JitterForwardUs: v.JitterForwardUs[i], JitterBackwardUs: v.JitterBackwardUs[i], OneWay: v.OneWay[i], SumBackwardUs: v.SumBackwardUs[i],
				ReportedMOSHundredths: v.ReportedMOSHundredths[i], ReportedICPIF: v.ReportedICPIF[i],
			},
		})
	}
	slices.SortFunc(all, func(a, b figures) int { return strings.Compare(a.path, b.path) })
	return all
}

func (r *router) wantFigures(want ...figures) {
	r.t.Helper()
	if got := r.figures(); !slices.Equal(got, want) {
		r.t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// said returns the paths the poll announced: their targets and codecs by name.
func (r *router) said() map[string]string {
	said := map[string]string{}
	for i, name := range r.paths.Name {
		said[name] = r.paths.Target[i] + " " + r.paths.Codec[i]
		if r.paths.Path[i] != sample.PathID("acme", "tokyo", name) {
			r.t.Errorf("the path %q has the id %x", name, r.paths.Path[i])
		}
	}
	return said
}

func (r *router) wantSaid(want map[string]string) {
	r.t.Helper()
	if got := r.said(); !maps.Equal(got, want) {
		r.t.Errorf("announced %v, want %v", got, want)
	}
}

// What the three operations of the walk have to say: one with synchronised clocks, one
// that timed out, one in microseconds without a codec.
var (
	toOsaka = figures{
		path: "device-1 tokyo-osaka", codec: "G.711", duration: 20_000, sent: 1000, received: 990, reordered: 1,
		min: 38_000, jitter: 1000, sum: 39_600_000, synchronised: 1, dscp: 46, forward: 18_810_000,
		operation: sample.Operation{
			Origin: sample.OriginIPSLA, LateArrivals: 1, MaxRTTUs: 55_000, LossForward: 6, LossBackward: 2, JitterForwardUs: 2000, JitterBackwardUs: 3000,
			OneWay: 990, SumBackwardUs: 20_790_000, ReportedMOSHundredths: 406, ReportedICPIF: 11,
		},
	}
	toBranch = figures{
		path: "device-1 branch", duration: 200, sent: 10, received: 10, min: 1001, jitter: 57, sum: 12_345, dscp: 26,
		operation: sample.Operation{Origin: sample.OriginIPSLA, MaxRTTUs: 1500, JitterForwardUs: 41, JitterBackwardUs: 62},
	}
)

func TestOperations(t *testing.T) {
	for _, version := range []string{inventory.SNMPv1, inventory.SNMPv2c} {
		t.Run(version, func(t *testing.T) {
			r := newRouter(t, quickConfig(), replay.Config{Versions: []string{version}}, nil)
			r.device.inventory.SNMP.Version = version
			began := time.Now()
			r.poll()
			ended := time.Now()
			r.wantResult(resultOK)
			r.wantSaid(map[string]string{
				"device-1 tokyo-osaka": "192.0.2.10:16384 G.711",
				"device-1 192.0.2.20":  "192.0.2.20:16500 ",
				"device-1 branch":      "192.0.2.30:16600 ",
			})
			r.wantFigures(toBranch, toOsaka)
			if failed := r.fault(faultOperationFailed); failed != 1 {
				t.Errorf("%v operations failed, want the one that timed out", failed)
			}
			for i, path := range r.voice.Path {
				ago := 20 * time.Second
				if path == sample.PathID("acme", "tokyo", toBranch.path) {
					ago = 35 * time.Second
				}
				earliest, latest := r.worker.operationSlot(began.Add(-ago).UnixMilli()), r.worker.operationSlot(ended.Add(-ago).UnixMilli())
				if slot := r.voiceSlots[i]; slot != earliest && slot != latest || slot%operationGrid != 0 {
					t.Errorf("the operation that ran %s ago is in slot %d, want %d", ago, slot, earliest)
				}
			}

			r.pass(30, nil) // nothing has run since
			r.poll()
			r.wantFigures()
			r.wantSaid(map[string]string{})

			r.pass(30, func(walk *replay.Walk) { r.ran(walk, "10", 5) })
			r.poll()
			r.wantFigures(toOsaka)
		})
	}
}

func TestOperationsOfAnotherMakeAreNotLookedFor(t *testing.T) {
	r := newRouter(t, quickConfig(), replay.Config{}, func(walk *replay.Walk) {
		other, err := replay.OID(".1.3.6.1.4.1.99.1")
		if err != nil {
			t.Fatal(err)
		}
		put(t, walk, oidSysObjectID, other)
	})
	r.poll()
	if r.paths.Len() > 0 || r.voice.Len() > 0 {
		t.Errorf("a device that is no Cisco's has operations: %v", r.said())
	}
}

func TestAnOperationFromBeforeTheRebootIsOld(t *testing.T) {
	r := newRouter(t, quickConfig(), replay.Config{}, nil)
	r.poll()
	r.upTime = 0
	r.pass(50, nil) // its operations have not run since
	r.poll()
	r.wantFigures()
	r.pass(60, func(walk *replay.Walk) { r.ran(walk, "30", 10) })
	r.poll()
	r.wantFigures(toBranch)
}

func TestAnOperationOverARollOverOfSysUpTime(t *testing.T) {
	r := newRouter(t, quickConfig(), replay.Config{}, nil)
	r.upTime = 500 // five seconds behind it
	r.pass(0, func(walk *replay.Walk) { r.ran(walk, "30", 15) })
	r.poll()
	r.wantFigures(toBranch)
}

func TestAnOperationThatBecomesAnother(t *testing.T) {
	r := newRouter(t, quickConfig(), replay.Config{}, nil)
	r.poll()
	r.pass(60, func(walk *replay.Walk) {
		put(t, walk, definitionObjects[definitionTarget]+"20", replay.String([]byte{192, 0, 2, 99}))
		put(t, walk, definitionObjects[definitionCodec]+"30", replay.Integer(3))
		put(t, walk, definitionObjects[definitionTag]+"40", replay.String("branch"))
		put(t, walk, rttMonCtrlAdminRttType+"40", replay.Integer(rttTypeJitter))
	})
	r.device.refreshAt = 0 // everything is read anew
	r.poll()
	r.wantSaid(map[string]string{
		"device-1 192.0.2.99": "192.0.2.99:16500 ",
		"device-1 branch":     "192.0.2.30:16600 G.729A",
		"device-1 branch #40": "192.0.2.40 ",
	})
}

// TestAShadowRouter has more operations than a poll may read, and all of them run
// between two polls: they take turns.
func TestAShadowRouter(t *testing.T) {
	const operations = 1500
	cfg := quickConfig()
	cfg.Deadline = 30 * time.Second
	index := func(i int) string { return fmt.Sprint(100 + i) }
	r := newRouter(t, cfg, replay.Config{}, func(walk *replay.Walk) {
		for i := range operations {
			put(t, walk, rttMonCtrlAdminRttType+index(i), replay.Integer(rttTypeJitter))
			put(t, walk, definitionObjects[definitionTag]+index(i), replay.String("shadow "+index(i)))
			put(t, walk, resultObjects[resultTime]+index(i), replay.TimeTicks(8_639_000))
			put(t, walk, resultObjects[resultNumOfRTT]+index(i), replay.Gauge32(10))
			put(t, walk, resultObjects[resultRTTSum]+index(i), replay.Gauge32(100))
		}
	})
	seen := map[sample.ID]bool{}
	for polls := 1; len(seen) < operations+2; polls++ {
		if polls > 5 {
			t.Fatalf("%d operations had their turn in 5 polls", len(seen))
		}
		before := metric(t, r.registry, "mimamori_snmp_requests_total", "")
		r.poll()
		if asked := metric(t, r.registry, "mimamori_snmp_requests_total", "") - before; asked > operationRequests+20 {
			t.Errorf("poll %d took %v requests", polls, asked)
		}
		for _, path := range r.voice.Path {
			seen[path] = true
		}
		r.pass(60, func(walk *replay.Walk) {
			for i := range operations {
				r.ran(walk, index(i), 10)
			}
		})
	}
	if r.fault(faultOperationsLeft) == 0 {
		t.Error("nothing says that operations had to wait")
	}
}

func TestOperationsTheAgentFailsOver(t *testing.T) {
	r := newRouter(t, quickConfig(), replay.Config{Quirks: replay.Quirks{GenErr: []string{resultObjects[resultTime] + "10"}}}, nil)
	r.poll()
	r.wantResult(resultOK)
	r.wantFigures(toBranch)
	if unread := r.fault(faultOperationUnread); unread != 1 {
		t.Errorf("%v operations could not be read, want 1", unread)
	}
}

func TestMoreOperationsThanAreRead(t *testing.T) {
	cfg := quickConfig()
	cfg.MaxRepetitions = typesAtOnce
	r := newRouter(t, cfg, replay.Config{}, func(walk *replay.Walk) {
		for i := range maxOperations {
			put(t, walk, fmt.Sprint(rttMonCtrlAdminRttType, 1000+i), replay.Integer(rttTypeJitter))
		}
	})
	r.poll()
	if len(r.device.operations.search.found) != maxOperations || r.fault(faultTooManyOperations) != 1 || r.fault(faultOperationsLeft) != 1 {
		t.Errorf("%d operations are read, %v and %v faults", len(r.device.operations.search.found), r.fault(faultTooManyOperations), r.fault(faultOperationsLeft))
	}
}

// An agent that stops answering over the operations costs the poll nothing, but is counted
// and said to whoever asks it alone.
func TestOperationsThatAreNotAnswered(t *testing.T) {
	cfg := quickConfig()
	cfg.Timeout = 50 * time.Millisecond
	r := newRouter(t, cfg, replay.Config{Quirks: replay.Quirks{Hang: []string{strings.TrimSuffix(rttMonCtrlAdminRttType, ".")}}}, nil)
	r.poll()
	r.wantResult(resultOK)
	if lost := metric(t, r.registry, "mimamori_snmp_operation_polls_total", string(resultTimeout)); lost != 1 {
		t.Errorf("%v readings of operations are counted as lost, want 1", lost)
	}
	r.wantNote(cfg, "not all IP SLA operations could be read: ")
}

func (r *router) wantNote(cfg Config, note string) {
	r.t.Helper()
	answer, err := Ask(r.t.Context(), cfg, r.device.inventory.Device, slog.New(slog.DiscardHandler))
	if err != nil || !slices.ContainsFunc(answer.Notes, func(said string) bool {
		return strings.HasPrefix(said, note) && strings.Contains(said, "no answer in time")
	}) {
		r.t.Errorf("notes %q, error %v, want %q", answer.Notes, err, note)
	}
}

func TestSensorsThatAreNotAnswered(t *testing.T) {
	cfg := quickConfig()
	cfg.Timeout = 50 * time.Millisecond
	r := newRouter(t, cfg, replay.Config{Quirks: replay.Quirks{Hang: []string{".1.3.6.1.4.1.9.9.109"}}}, func(walk *replay.Walk) {
		put(t, walk, ".1.3.6.1.4.1.9.9.109.1.1.1.1.8.1", replay.Gauge32(7))
	})
	r.wantNote(cfg, "not all sensors could be read: ")
}

// TestWhatAResultSays is about what agents answer that is not as simple as it looks.
func TestWhatAResultSays(t *testing.T) {
	host := netip.MustParseAddr("2001:db8::7").As16()
	for _, test := range []struct {
		name   string
		change map[int]int64 // of operation 10, by object; -1 takes it away
		want   func(*figures)
		fault  string
	}{
		{"a sum over 32 bits", map[int]int64{resultRTTSum: 100, resultRTTSumHigh: 1, resultRTTMin: 4_000_000, resultRTTMax: 4_400_000}, func(f *figures) {
			f.sum, f.min, f.operation.MaxRTTUs = (1<<32+100)*1000, 4_000_000_000, 4_294_967_295
		}, ""},
		{"no upper half of sums", map[int]int64{resultRTTSumHigh: -1, resultOWSumSDHigh: -1, resultOWSumDSHigh: -1}, func(*figures) {}, ""},
		{"a sum that cannot be", map[int]int64{resultRTTSum: 10_000_000}, nil, faultBadOperation},
		{"no sum", map[int]int64{resultRTTSum: -1}, nil, faultBadOperation},
		{"no count", map[int]int64{resultNumOfRTT: -1}, func(*figures) {}, ""},
		{"no count and a timeout", map[int]int64{resultNumOfRTT: -1, resultSense: 4}, func(f *figures) {
			f.sent, f.received, f.min, f.sum, f.jitter, f.synchronised, f.forward = 10, 0, 0, 0, 0, 0, 0
			f.operation = sample.Operation{Origin: sample.OriginIPSLA, LateArrivals: 1, LossForward: 6, LossBackward: 2, ReportedMOSHundredths: 406, ReportedICPIF: 11}
		}, ""},
		{"busy", map[int]int64{resultSense: 5}, nil, faultOperationFailed},
		{"no connection", map[int]int64{resultSense: 6}, nil, faultOperationFailed},
		{"over the threshold", map[int]int64{resultSense: 3}, func(*figures) {}, ""},
		{"all lost", map[int]int64{resultSense: 4, resultNumOfRTT: 0, resultLossSD: 0, resultLossDS: 0, resultMIA: 1000, resultLateArrival: 0, resultMOS: 1, resultICPIF: 93}, func(f *figures) {
			f.received, f.min, f.sum, f.jitter, f.synchronised, f.forward = 0, 0, 0, 0, 0, 0
			f.operation = sample.Operation{Origin: sample.OriginIPSLA, ReportedMOSHundredths: 100, ReportedICPIF: 93}
		}, ""},
		{"late arrivals among the missing", map[int]int64{resultMIA: 2, resultLateArrival: 1}, func(f *figures) { f.operation.LateArrivals = 0 }, ""},
		{"packets that were not sent", map[int]int64{resultMIA: 0}, func(f *figures) { f.sent = 999 }, ""},
		{"no MOS", map[int]int64{resultMOS: 0}, func(f *figures) { f.operation.ReportedMOSHundredths, f.operation.ReportedICPIF = 0, 0 }, ""},
		{"a MOS of 1 without loss", map[int]int64{resultMOS: 1}, func(f *figures) { f.operation.ReportedMOSHundredths, f.operation.ReportedICPIF = 0, 0 }, ""},
		{"a MOS that cannot be", map[int]int64{resultMOS: 50}, func(f *figures) { f.operation.ReportedMOSHundredths, f.operation.ReportedICPIF = 0, 0 }, faultBadOperation},
		{"clocks apart", map[int]int64{resultNTPState: 2}, func(f *figures) {
			f.synchronised, f.forward, f.operation.OneWay, f.operation.SumBackwardUs = 0, 0, 0, 0
		}, ""},
		{"clocks that are only said to agree", map[int]int64{resultOWSumSD: 0}, func(f *figures) {
			f.synchronised, f.forward, f.operation.OneWay, f.operation.SumBackwardUs = 0, 0, 0, 0
		}, ""},
		{"no mean jitter", map[int]int64{resultAvgJitter: -1}, func(f *figures) { f.jitter = 3000 }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRouter(t, quickConfig(), replay.Config{}, func(walk *replay.Walk) {
				for _, other := range []string{"20", "30"} {
					put(t, walk, rttMonCtrlAdminRttType+other, replay.Integer(1))
				}
				put(t, walk, definitionObjects[definitionTarget]+"10", replay.String(host[:]))
				for object, value := range test.change {
					oid := resultObjects[object] + "10"
					switch {
					case value < 0:
						if err := walk.Remove(oid); err != nil {
							t.Fatal(err)
						}
					case object == resultSense || object == resultNTPState:
						put(t, walk, oid, replay.Integer(int32(value)))
					default:
						put(t, walk, oid, replay.Gauge32(uint32(value)))
					}
				}
			})
			r.poll()
			r.wantSaid(map[string]string{"device-1 tokyo-osaka": "[2001:db8::7]:16384 G.711"})
			if test.want == nil {
				r.wantFigures()
			} else {
				want := toOsaka
				test.want(&want)
				r.wantFigures(want)
			}
			for _, fault := range []string{faultBadOperation, faultOperationFailed} {
				if got := r.fault(fault); got > 0 != (fault == test.fault) {
					t.Errorf("%v faults %s", got, fault)
				}
			}
		})
	}
}
