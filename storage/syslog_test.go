package storage

import (
	"math"
	"reflect"
	"testing"
	"time"
)

func TestSeverities(t *testing.T) {
	for text, want := range map[string]uint8{"0": 0, "7": 7, "Error": 3, "err": 3, "WARN": 4, "informational": 6, "info": 6, "panic": 0} {
		if got, err := ParseSeverity(text); err != nil || got != want {
			t.Errorf("%s is severity %d, error %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "8", "-1", "03", "fatal", "e"} {
		if got, err := ParseSeverity(text); err == nil {
			t.Errorf("%q is taken for severity %d", text, got)
		}
	}
	if SeverityName(3) != "error" || SeverityName(255) != "" {
		t.Error("severity 3 is error, 255 is none")
	}
}

func TestPlacesInTheLog(t *testing.T) {
	for _, want := range []LogPosition{{}, {ReceivedMs: 1795255199640, Appliance: math.MaxUint64, Sequence: math.MaxUint64}, {ReceivedMs: 1, Appliance: 2, Sequence: 3}} {
		if got, err := ParseLogPosition(want.String()); err != nil || got != want {
			t.Errorf("%s is read as %+v, error %v", want, got, err)
		}
	}
	for _, text := range []string{"", "1-2-3", "1-0000000000000002", "x-0000000000000002-3", "1-000000000000000g-3", "1-0000000000000002--3", "-1-0000000000000002-3", "1-0000000000000002-3-4"} {
		if got, err := ParseLogPosition(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestTopOfTheLog(t *testing.T) {
	hour := func(n int) time.Time { return time.Unix(int64(n)*3600, 0).UTC() }
	rate := func(mnemonic string, at int, messages uint64) SyslogRate {
		return SyslogRate{LogSubject: LogSubject{Mnemonic: mnemonic}, Start: hour(at), Messages: messages}
	}
	all := SyslogRates{Rates: []SyslogRate{rate("a", 0, 5), rate("b", 0, 4), rate("c", 0, 1), rate("c", 1, 9), rate("b", 1, 1)}, Messages: map[time.Time]uint64{hour(0): 10, hour(1): 10}}
	if got, want := all.Top(2).Rates, []SyslogRate{rate("a", 0, 5), rate("c", 0, 1), rate("c", 1, 9)}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := all.Top(9); !reflect.DeepEqual(got, all) {
		t.Errorf("got %+v, want all", got)
	}
}

func TestGroupsOfTheLog(t *testing.T) {
	if got, err := ParseLogGroups("site, mnemonic"); err != nil || !reflect.DeepEqual(got, []LogGroup{BySite, ByMnemonic}) {
		t.Errorf("%v, error %v", got, err)
	}
	for _, text := range []string{"", "port", "site,", "site,site"} {
		if got, err := ParseLogGroups(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
