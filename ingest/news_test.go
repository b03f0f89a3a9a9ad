package ingest

import (
	"testing"

	"mimamori/ingest/sample"
)

func answered(device sample.ID, received, failure uint8) *sample.Pings {
	rows := pings(device)
	rows.Received[0], rows.ICMPError[0] = received, failure
	return rows
}

func polled(device sample.ID, result sample.Outcome) *sample.Outcomes {
	return &sample.Outcomes{Device: []sample.ID{device}, Result: []sample.Outcome{result}}
}

func ran(device sample.ID, hundredths uint32) *sample.Uptimes {
	return &sample.Uptimes{Device: []sample.ID{device}, SysUpTime: []uint32{hundredths}}
}

func stood(port sample.ID, admin, oper uint8) *sample.Interfaces {
	return &sample.Interfaces{Interface: []sample.ID{port}, AdminStatus: []uint8{admin}, OperStatus: []uint8{oper}}
}

func read(sensor sample.ID, status sample.SensorStatus) *sample.Health {
	return &sample.Health{Sensor: []sample.ID{sensor}, Status: []sample.SensorStatus{status}}
}

func logged(device sample.ID, severity uint8) *sample.Syslog {
	rows := logRows(1, 1)[0]
	rows.Device[0], rows.Severity[0] = device, severity
	return rows
}

func TestWhatIsNews(t *testing.T) {
	type said struct {
		rows sample.Rows
		news bool
	}
	for name, story := range map[string][]said{
		"pings": {
			{answered(1, 3, 0), true}, {answered(1, 3, 0), false}, {answered(2, 3, 0), true}, {answered(1, 2, 0), true}, {answered(1, 2, 0), true},
			{answered(1, 3, 0), true}, {answered(1, 3, 0), false}, {answered(1, 3, 11), true}, {answered(2, 3, 0), false}, {answered(2, 4, 0), false},
		},
		"polls": {
			{polled(1, sample.OutcomeOK), true}, {polled(1, sample.OutcomeOK), false}, {polled(1, sample.OutcomeTimeout), true}, {polled(1, sample.OutcomeTimeout), true},
			{polled(1, sample.OutcomeOK), true}, {polled(1, sample.OutcomeOK), false}, {polled(2, sample.OutcomeNotAsked), true}, {polled(2, sample.OutcomeNotAsked), false},
		},
		"uptimes":    {{ran(1, 500), true}, {ran(1, 800), false}, {ran(1, 800), false}, {ran(1, 100), true}, {ran(1, 400), false}},
		"interfaces": {{stood(1, 1, 1), true}, {stood(1, 1, 1), false}, {stood(1, 1, 2), true}, {stood(1, 1, 2), false}, {stood(1, 2, 2), true}, {stood(2, 2, 2), true}},
		"sensors":    {{read(1, 1), true}, {read(1, 1), false}, {read(1, 3), true}, {read(1, 3), false}, {read(1, 1), true}},
		"the log": {
			{logged(1, 6), true}, {logged(1, 6), false}, {logged(1, 5), false}, {logged(1, 4), true}, {logged(1, 0), true}, {logged(1, sample.SeverityUnknown), false}, {logged(0, 6), true}, {logged(0, 6), false},
		},
		"traps":    {{&sample.Notifications{}, true}, {&sample.Notifications{}, true}},
		"counters": {{&sample.Keyframes{}, false}, {&sample.InterfaceIdentities{}, false}, {&sample.Devices{}, false}},
		"one of several": {
			{pings(1, 2), true}, {answered(1, 3, 0), true}, {answered(2, 3, 0), true},
			{&sample.Syslog{Device: []sample.ID{1, 1}, Severity: []uint8{6, 6}}, true}, {&sample.Syslog{Device: []sample.ID{1, 1, 1}, Severity: []uint8{6, 3, 6}}, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := news{map[subject]uint32{}}
			for i, told := range story {
				if is := n.in(told.rows); is != told.news {
					t.Errorf("row %d, %+v, is news: %t", i, told.rows, is)
				}
			}
		})
	}
}

func TestWhatIsRememberedOfNewsIsBounded(t *testing.T) {
	n := news{map[subject]uint32{}}
	for id := range sample.ID(mostLast) {
		n.in(stood(id, 1, 1))
	}
	if n.in(stood(0, 1, 1)) {
		t.Error("what is remembered of the first is forgotten too early")
	}
	if !n.in(stood(mostLast, 1, 1)) || len(n.last) != 1 {
		t.Errorf("%d are remembered", len(n.last))
	}
}
