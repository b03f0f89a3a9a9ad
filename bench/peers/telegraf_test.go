package peers

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestTelegrafIsAskedForTheSame holds its configuration against what snmp_exporter is asked for. Whether the program polls by
// it is seen when it is measured: a side that polls nothing ends the measurement.
func TestTelegrafIsAskedForTheSame(t *testing.T) {
	text := telegrafConfig(telegrafSNMP([]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1161"), netip.MustParseAddrPort("127.0.0.2:1161")}), 2*time.Second)
	for _, want := range []string{`interval = "2s"`, "[[outputs.discard]]", `agents = ["udp://127.0.0.1:1161", "udp://127.0.0.2:1161"]`, `oid = ".1.3.6.1.2.1.1.3.0"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	exporter := string(exporterConfig(true))
	for _, metric := range exporterMetrics {
		if !strings.Contains(text, `oid = ".`+metric.oid+`"`) || !strings.Contains(exporter, "oid: "+metric.oid+"\n") {
			t.Errorf("%s is not asked for by both", metric.name)
		}
	}
}

func TestAMissingTelegrafIsNoError(t *testing.T) {
	if _, err := findTelegraf("/nowhere/telegraf"); err == nil || !strings.Contains(err.Error(), "make telegraf") {
		t.Errorf("%v", err)
	}
}
