package snmp

import (
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

func TestSilentDevice(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, manyPorts(2)...)
	s.poll()
	s.agent.change(func() { s.agent.deaf = true })
	s.agent.asked()
	s.poll()
	s.wantResult(resultTimeout)
	if n := len(s.agent.asked()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
	if s.uptimes.Len()+s.interfaces.Len() != 0 {
		t.Error("there are rows of a device that did not answer")
	}
	s.poll()
	if n := len(s.agent.asked()); n != 1 {
		t.Errorf("a silent device was asked %d times, want 1", n)
	}
	s.agent.change(func() { s.agent.deaf = false })
	s.poll()
	s.wantResult(resultOK)
	s.wantRows(map[string]gained{"port-1": {}, "port-2": {}})
	if got := metric(t, s.registry, "mimamori_snmp_silent_devices", ""); got != 0 {
		t.Errorf("%v silent devices, want 0", got)
	}
}

func TestOtherFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*agent)
		want   result
	}{
		{"nothing listens", func(a *agent) { _ = a.conn.Close() }, resultRefused},
		{"error status", func(a *agent) { a.status = gosnmp.GenErr }, resultAgentError},
		{"garbage", func(a *agent) { a.garbage = true }, resultError},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			s.agent.change(func() { c.change(s.agent) })
			s.poll()
			s.wantResult(c.want)
		})
	}
}

func TestRefresh(t *testing.T) {
	s := newSingle(t, quickConfig())
	p := port{index: 1, name: "a", alias: "old"}
	s.agent.tables(true, p)
	s.poll()
	p.alias = "new"
	s.agent.tables(true, p)
	s.agent.set(oidSysName, gosnmp.OctetString, "edge-2")
	s.poll()
	s.wantIdentities(nil)
	s.device.refreshAt = s.worker.clock(time.Now())
	s.poll()
	s.wantKeyframes("a")
	s.wantRows(map[string]gained{"a": {}})
	if s.identities.Len() != 1 || s.identities.Alias[0] != "new" || s.devices.Len() != 1 || s.devices.SysName[0] != "edge-2" {
		t.Errorf("identities %+v, devices %+v", s.identities, s.devices)
	}
	if due := s.device.refreshAt - s.worker.clock(time.Now()); due < 3_500_000 || due > 3_600_000 {
		t.Errorf("the next is due in %d ms, want an hour", due)
	}
}
