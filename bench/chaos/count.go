package chaos

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mimamori/ingest/sample"
)

// mostDetails bounds how many slots of a kind are named with rows lost or doubled.
const mostDetails = 5

// cell is a slot of an appliance, as its customer's.
type cell struct {
	customer, appliance sample.ID
	slot                int
}

// tally is what the store has of a cell: rows, and different numbers among them.
type tally struct{ rows, numbers int }

// count holds what the store has against what the ledgers say.
func (p *plant) count(ctx context.Context, w World, outcome *Outcome) error {
	made := make([]int, sitesCount)
	for site := range made {
		slots, err := readLedger(p.ledger(site))
		if err != nil {
			return err
		}
		made[site] = slots
	}
	numbered, err := p.countKind(ctx, w, made, sample.KindInterfaces, outcome)
	if err != nil {
		return err
	}
	outcome.Produced, outcome.Stored, outcome.Lost, outcome.Doubled = numbered.Produced, numbered.Stored, numbered.Lost, numbered.Doubled
	for _, kind := range []sample.Kind{sample.KindPings, sample.KindUptimes, sample.KindVoice, sample.KindSyslog} {
		counted, err := p.countKind(ctx, w, made, kind, outcome)
		if err != nil {
			return err
		}
		outcome.Others.add(counted)
	}
	return p.countRepeats(ctx, outcome)
}

// numberColumn is what numbers the rows of a kind within a slot, as SQL: the natural key
// where there is no number.
func numberColumn(kind sample.Kind) string {
	switch kind {
	case sample.KindInterfaces:
		return "out_discards"
	case sample.KindSyslog:
		return "sequence"
	case sample.KindVoice:
		return "path_id"
	case sample.KindPings:
		return "(device_id, attempt)"
	default:
		return "device_id"
	}
}

func (p *plant) countKind(ctx context.Context, w World, made []int, kind sample.Kind, outcome *Outcome) (Count, error) {
	found, err := p.sql(ctx, fmt.Sprintf(`SELECT customer_id, appliance_id, intDiv(toUnixTimestamp64Milli(slot) - %d, %d) AS number, count(), uniqExact(%s)
FROM raw_%s FINAL GROUP BY customer_id, appliance_id, number`, w.BeginMs, slotMs, numberColumn(kind), kind))
	if err != nil {
		return Count{}, err
	}
	stored := map[cell]tally{}
	for _, row := range found {
		customer, _ := strconv.ParseUint(row[0], 10, 64)
		appliance, _ := strconv.ParseUint(row[1], 10, 64)
		stored[cell{customer, appliance, int(number(row[2]))}] = tally{int(number(row[3])), int(number(row[4]))}
	}
	var sum Count
	wrong := 0
	for site, slots := range made {
		of := w.site(site)
		for slot := range slots {
			at := cell{of.customerID(), of.id(), slot}
			want, has := of.rows(slot, kind), stored[at]
			delete(stored, at)
			counted := Count{Produced: want, Stored: has.numbers, Lost: max(0, want-has.numbers), Doubled: max(0, has.rows-has.numbers) + max(0, has.numbers-want)}
			sum.add(counted)
			if counted.Lost+counted.Doubled == 0 {
				continue
			}
			if wrong++; wrong <= mostDetails {
				outcome.Problems = append(outcome.Problems, p.detail(ctx, of, slot, kind, counted))
			}
		}
	}
	if wrong > mostDetails {
		outcome.Problems = append(outcome.Problems, fmt.Sprintf("%s: so in %d slots more", kind, wrong-mostDetails))
	}
	for at, has := range stored { // of slots that nobody has made
		sum.Stored += has.numbers
		sum.Doubled += has.rows
		outcome.Problems = append(outcome.Problems, fmt.Sprintf("%s: %d rows of appliance %016x, customer %016x, slot %d, which nobody has made",
			kind, has.rows, at.appliance, at.customer, at.slot))
	}
	return sum, nil
}

// rows is how many rows of a kind a site makes in a slot.
func (s *site) rows(slot int, kind sample.Kind) int {
	switch kind {
	case sample.KindInterfaces:
		return s.numbered()
	case sample.KindPings:
		return s.pings(slot).Len()
	case sample.KindUptimes:
		return s.uptimes(slot).Len()
	case sample.KindVoice:
		if slot%voiceSlots == 0 {
			return 1
		}
		return 0
	case sample.KindSyslog:
		return logLines
	default:
		return 0
	}
}

// detail says which rows of a slot are lost or doubled, and what is known of them.
func (p *plant) detail(ctx context.Context, s *site, slot int, kind sample.Kind, counted Count) string {
	text := fmt.Sprintf("%s of %s, slot %d (%d ms): %d of %d rows lost, %d doubled", kind, s.appliance, slot, s.at(slot), counted.Lost, counted.Produced, counted.Doubled)
	rows, err := p.sql(ctx, fmt.Sprintf(`SELECT toString(%s) AS number, count(), groupArray(kafka_offset), groupArray(part) FROM raw_%s FINAL
WHERE appliance_id = %d AND slot = fromUnixTimestamp64Milli(%d) GROUP BY number`, numberColumn(kind), kind, s.id(), s.at(slot)))
	if err != nil {
		return text + ": " + err.Error()
	}
	have := map[string]bool{}
	for _, row := range rows {
		have[row[0]] = true
		if row[1] != "1" {
			text += fmt.Sprintf("; number %s is there %s times, at offsets %s of partitions %s", row[0], row[1], row[2], row[3])
		}
	}
	if kind != sample.KindInterfaces || counted.Lost == 0 {
		return text
	}
	var missing []string
	for i := range s.numbered() {
		if name := strconv.Itoa(slot*s.numbered() + i); !have[name] {
			missing = append(missing, name)
		}
	}
	shown := missing[:min(len(missing), 10)]
	return text + fmt.Sprintf("; numbers %s%s are missing", strings.Join(shown, ", "), more(len(missing)-len(shown)))
}

func more(count int) string {
	if count <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", count)
}

// countRepeats says what is stored more than once and read once.
func (p *plant) countRepeats(ctx context.Context, outcome *Outcome) error {
	outcome.Repeats = map[string]int{}
	tables := []string{"raw_interfaces", "raw_pings", "raw_uptimes", "raw_voice", "raw_syslog", "utilization", "voice_minutes"}
	slices.Sort(tables)
	for _, table := range tables {
		rows, err := p.sql(ctx, fmt.Sprintf("SELECT (SELECT count() FROM %s) - (SELECT count() FROM %s FINAL)", table, table))
		if err != nil {
			return err
		}
		if repeats := int(number(rows[0][0])); repeats > 0 {
			outcome.Repeats[table] = repeats
		}
	}
	return nil
}

// spoiled is the slot in which rows are made wrong on purpose, and spoiledRow the place of
// the row in it that is left out; the next one is stored twice.
const spoiledRow = 7

func (w World) spoiled() int { return w.Slots / 2 }

// spoil stores a row a second time under another key.
func (p *plant) spoil(ctx context.Context, w World) error {
	s := w.site(1)
	slot := w.spoiled()
	_, err := p.sql(ctx, fmt.Sprintf(`INSERT INTO raw_interfaces SELECT * REPLACE(interface_id + 1 AS interface_id) FROM raw_interfaces FINAL
WHERE appliance_id = %d AND slot = fromUnixTimestamp64Milli(%d) AND out_discards = %d`, s.id(), s.at(slot), slot*s.numbered()+spoiledRow+1))
	return err
}
