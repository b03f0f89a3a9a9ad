package voice

import (
	"strconv"
	"testing"
)

// Each vector is a session of a stateful reflector, played here packet by packet: the
// losses lie in the middle. The sender's sequence does not begin at zero, so the
// reflector is known to be stateful.
func TestDirectionsVectors(t *testing.T) {
	for _, row := range vectors(t, "directional_loss_stateful.csv") {
		number := func(column string) uint32 {
			value, err := strconv.ParseUint(row[column], 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			return uint32(value)
		}
		sent, last, received := number("sent"), number("reflector_last_seq_rx(own seq starts 0)"), number("replies_received")
		wantForward, wantBackward := number("fwd_lost=sent-(refl+1)"), number("back_lost=(refl+1)-replies")
		var directions directions
		var forward, backward, answers, reflected uint32
		for sequence := range sent {
			if sequence >= 10 && sequence < 10+wantForward {
				continue
			}
			reflected++
			if sequence >= 40 && sequence < 40+wantBackward {
				continue
			}
			answers++
			there, back, known := directions.next(1000+sequence, reflected-1)
			if known != (sequence > 0) {
				t.Errorf("%v: known at packet %d: %t", row, sequence, known)
			}
			forward, backward = forward+there, backward+back
		}
		if reflected-1 != last || answers != received {
			t.Fatalf("%v: played %d reflected, %d answered", row, reflected, answers)
		}
		if forward != wantForward || backward != wantBackward {
			t.Errorf("%v: %d lost there, %d back", row, forward, backward)
		}
	}
}

func TestDirections(t *testing.T) {
	type answer struct {
		sender, reflector uint32
		forward, backward uint32
		known             bool
	}
	for name, answers := range map[string][]answer{
		"stateless": {{0, 0, 0, 0, false}, {1, 1, 0, 0, true}, {5, 5, 0, 0, false}, {6, 6, 0, 0, true}},
		"known from the first loss there on": {
			{0, 0, 0, 0, false}, {3, 3, 0, 0, false}, {5, 4, 1, 0, true}, {8, 7, 0, 2, true}, {12, 9, 2, 1, true},
		},
		"a session that does not begin at zero": {{100, 0, 0, 0, false}, {103, 3, 0, 2, true}, {106, 4, 2, 0, true}},
		"a reflector that begins anew":          {{100, 50, 0, 0, false}, {101, 0, 0, 0, false}, {103, 1, 1, 0, true}},
		"duplicates on the way there":           {{100, 50, 0, 0, false}, {101, 52, 0, 0, false}, {102, 53, 0, 0, true}},
		"overtaken on the way there":            {{100, 50, 0, 0, false}, {101, 52, 0, 0, false}, {102, 51, 0, 0, false}, {103, 53, 0, 0, false}},
		"both sequences begin anew": {
			{1<<32 - 1, 1<<32 - 6, 0, 0, false}, {0, 1<<32 - 5, 0, 0, true}, {8, 1, 2, 5, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var directions directions
			for i, answer := range answers {
				forward, backward, known := directions.next(answer.sender, answer.reflector)
				if forward != answer.forward || backward != answer.backward || known != answer.known {
					t.Errorf("answer %d: %d there, %d back, %t; want %+v", i, forward, backward, known, answer)
				}
			}
			directions.forget()
			if _, _, known := directions.next(2000, 1); known {
				t.Error("a forgotten session is known")
			}
		})
	}
}
