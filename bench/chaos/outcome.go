package chaos

// Outcome is what a run came to.
type Outcome struct {
	Seed    uint64  `json:"seed"`
	Broker  string  `json:"broker"`
	Seconds float64 `json:"seconds"` // of the churn

	// Numbered rows: made durable in the spools, found in the store, missing there, and
	// found more than once by a reader.
	Produced int `json:"produced"`
	Stored   int `json:"stored"`
	Lost     int `json:"lost"`
	Doubled  int `json:"doubled"`
	// Others are the rows of all other kinds, counted in the same way.
	Others Count `json:"others"`
	// Repeats are rows that are stored more than once and read once: what was sent or
	// written again and had not been merged away when it was counted.
	Repeats map[string]int `json:"repeats"`

	Kills    int `json:"kills"`
	Freezes  int `json:"freezes"`
	Cuts     int `json:"cuts"`
	Restarts int `json:"restarts"`

	// Died are parts that ended though nobody asked them to, Unclean those that, asked to
	// end, did not do so within their time or with code 0.
	Died    []string `json:"died"`
	Unclean []string `json:"unclean"`
	// DeadLetters are the messages that the dead-letter topic had in the end: what could not
	// be used, once more where a processor was killed while it said so.
	DeadLetters int64 `json:"dead_letters"`

	SettleSeconds float64           `json:"settle_seconds"` // from the end of the churn until all had gone through
	PeakRSS       map[string]uint64 `json:"peak_rss_bytes"` // the most memory of each part, of all its lives

	Comparison *Comparison `json:"comparison,omitempty"`
	// Problems are what makes the run a failure, in words.
	Problems []string `json:"problems"`
}

// Count is how many rows of something were made durable, found, missing and found twice.
type Count struct {
	Produced int `json:"produced"`
	Stored   int `json:"stored"`
	Lost     int `json:"lost"`
	Doubled  int `json:"doubled"`
}

func (c *Count) add(other Count) {
	c.Produced += other.Produced
	c.Stored += other.Stored
	c.Lost += other.Lost
	c.Doubled += other.Doubled
}

// Comparison is how the figures after the churn stand beside those of the undisturbed
// run.
type Comparison struct {
	Seconds float64 `json:"seconds"` // that the undisturbed run took
	// Figures are what was compared, each with how many rows it has.
	Figures map[string]int `json:"figures"`
	// Different are the figures that are not equal to the last digit, with how many rows.
	Different map[string]int `json:"different"`
}

// OK says whether nothing was lost, doubled or different.
func (o *Outcome) OK() bool { return len(o.Problems) == 0 }
