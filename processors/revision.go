package processors

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/processors/availability"
	"mimamori/processors/rollup"
	"mimamori/processors/utilization"
	"mimamori/processors/voice"
	"mimamori/storage"
)

// derivation is the number of the rules by which rows are derived, as far as they are in
// the code. It is raised by hand when the same messages, registry and configuration give
// other rows than they did.
const derivation = 2

// The derivations that differ from the present one in a way that is still known, so that a
// batch begun under them is finished as it was begun: those below checkedNames took any
// name for a device's or a path's.
const checkedNames = 2

// document is what a batch's rows depend on beside the stream. It holds no secret, and
// nothing else of the configuration: what is not in it may differ from one processor to
// the next.
type document struct {
	Derivation   int
	Registry     storage.Registry
	Utilization  utilization.Config
	Availability availability.Config
	Voice        voice.Config
	RollUp       rollup.Config
	ClockAhead   time.Duration
}

// revision is a document as it is used, and its name.
type revision struct {
	name string // hash of the text
	text []byte
	document
	owners map[sample.ID]owner
	links  *utilization.Rules
}

// newRevision returns the revision of a configuration and a registry. The order in which
// the registry lists things makes no difference.
func newRevision(cfg Config, registry storage.Registry) (*revision, error) {
	said := document{
		Derivation: derivation, Utilization: cfg.Utilization, Availability: cfg.Availability, Voice: cfg.Voice, RollUp: cfg.RollUp, ClockAhead: cfg.ClockAhead,
		Registry: storage.Registry{
			CentreKeys: registry.CentreKeys,
			Customers:  ordered(registry.Customers, func(c storage.Customer) sample.ID { return c.ID }),
			Sites:      ordered(registry.Sites, func(s storage.Site) sample.ID { return s.ID }),
			Appliances: ordered(registry.Appliances, func(a storage.Appliance) sample.ID { return a.ID }),
		},
	}
	// Only rules that go by the names of devices depend on them, and they are many.
	if slices.ContainsFunc(cfg.Utilization.Rules, func(r utilization.Rule) bool { return r.Device != "" }) {
		said.Registry.Devices = ordered(registry.Devices, func(d storage.Device) sample.ID { return d.ID })
	}
	text, err := json.Marshal(said)
	if err != nil {
		return nil, fmt.Errorf("write the revision of the registry and the configuration: %w", err)
	}
	return said.use(text)
}

func ordered[T any](all []T, id func(T) sample.ID) []T {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return slices.CompactFunc(sorted, func(a, b T) bool { return id(a) == id(b) })
}

// readRevision reads the text of a revision. It refuses one that says what this program
// does not know, or whose rows this program would derive otherwise.
func readRevision(text []byte) (*revision, error) {
	defaults := DefaultConfig() // for what it does not say yet
	said := document{
		Utilization: defaults.Utilization, Availability: defaults.Availability, Voice: defaults.Voice, RollUp: defaults.RollUp, ClockAhead: defaults.ClockAhead,
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&said); err != nil {
		return nil, fmt.Errorf("read a revision: %w", err)
	}
	if said.Derivation < 1 || said.Derivation > derivation {
		return nil, fmt.Errorf("the rows of the batch follow rules number %d, this program knows those up to number %d", said.Derivation, derivation)
	}
	if err := errors.Join(said.Availability.Validate(), said.Voice.Validate(), said.RollUp.Validate()); err != nil {
		return nil, fmt.Errorf("read a revision: %w", err)
	}
	return said.use(text)
}

func (d document) use(text []byte) (*revision, error) {
	links, err := utilization.NewRules(d.Utilization, d.Registry)
	if err != nil {
		return nil, fmt.Errorf("set up the rules for links: %w", err)
	}
	hash := sha256.Sum256(text)
	return &revision{name: hex.EncodeToString(hash[:16]), text: text, document: d, owners: ownersOf(d.Registry, d.Derivation >= checkedNames), links: links}, nil
}

// revisionOf returns the revision that a batch was begun under, and ours where that
// cannot be had: then rows that were not written before the batch was interrupted may
// be others than its intent meant.
func (w *worker) revisionOf(ctx context.Context, begun position) (*revision, error) {
	if begun.revision == w.ours.name || begun.revision == "" { // before there were revisions
		return w.ours, nil
	}
	text, found, err := w.store.Revision(ctx, begun.revision)
	if err != nil {
		return nil, err
	}
	reason := errors.New("the store does not have it")
	if found {
		var old *revision
		if old, reason = readRevision(text); reason == nil {
			w.logger.Info("a batch is finished as it was begun, under another registry or configuration", "revision", begun.revision, "batch_last", begun.last)
			return old, nil
		}
	}
	w.metrics.revisionsMissing.Inc()
	w.logger.Error("a batch was begun under a registry or configuration that cannot be had: what of it is not written yet is made under the present one",
		"revision", begun.revision, "batch_last", begun.last, "reason", reason)
	return w.ours, nil
}
