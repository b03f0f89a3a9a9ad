package served

import "testing"

func TestShare(t *testing.T) {
	for _, c := range []struct {
		answered        uint64
		due             float64
		failed, skipped map[string]uint64
		want            float64
	}{
		{100, 100, nil, nil, 1},
		{90, 100, nil, nil, 0.9}, // of some nothing is known
		{105, 100, nil, nil, 1},  // some waited from before
		{96, 100, map[string]uint64{"timeout": 1}, map[string]uint64{"busy": 2, "queue_full": 21}, 0.8},
		{0, 100, nil, nil, 0},
	} {
		if found := share(c.answered, c.due, c.failed, c.skipped); found != c.want {
			t.Errorf("%d of %.0f, failed %v, left out %v: %f, want %f", c.answered, c.due, c.failed, c.skipped, found, c.want)
		}
	}
}

func TestSince(t *testing.T) {
	more := since(map[string]uint64{"late": 3, "busy": 2, "queue_full": 1}, map[string]uint64{"late": 3, "busy": 1})
	if len(more) != 2 || more["busy"] != 1 || more["queue_full"] != 1 {
		t.Errorf("%v", more)
	}
}
