package snmp

// fault counts an irregularity of an agent's answers, and tells whoever asks one
// device alone.
func (w *worker) fault(kind string) {
	w.metrics.fault(kind)
	if w.noticed != nil {
		w.noticed(kind)
	}
}

// faultNotes say to people what an agent did.
var faultNotes = map[string]string{
	faultNonIncreasing: "the agent's objects do not rise: what it answered after that was left out",
	faultTooBig:        "the agent could not fit an answer (tooBig): fewer rows were asked at once",
	faultRowTooBig:     "the agent cannot answer a whole row at once: rows were read in parts",
	faultLostAnswer:    "an answer was lost: fewer rows were asked at once",
	faultTooManyRows:   "the agent has more interfaces than are read",
	faultMalformed:     "values of a wrong type or out of range were taken as missing",
	faultDuplicateName: "interfaces share a name: they are told apart by ifDescr, ifAlias, ifPhysAddress or at last ifIndex",
	faultNoName:        "interfaces without ifName and ifDescr were left out",
	faultNoOctets:      "interfaces without octet counters were left out",
	faultDisplaced:     "the agent answers values in another order than asked, or leaves some out: they were taken by their names",
	faultSurplus:       "the agent answers more than was asked",
	faultBadIndex:      "interfaces have an ifIndex of 0 or above 2147483647, which no standard allows",
	faultStatus:        "the agent answers an error where rows were asked: fewer were asked at once",
	faultColumnRefused: "the agent answers an error for a column of the interface tables: it was left out",
	faultMisread:       "the agent does not understand more than 127 repetitions",
	faultStuck:         "64-bit counters stand at 0 where the 32-bit ones count: those were taken",
	faultMoved:         "interfaces were renumbered while they were read: they were left out",

	faultBadSensor:       "sensors have a value, scale or status of a wrong type or out of range: it was left blank",
	faultDuplicateSensor: "two tables have a sensor of one kind and name: the first was taken",
	faultTooManySensors:  "the agent has more sensors than are read",

	faultBadOperation:      "an IP SLA operation has a result that cannot be: it was left out, or the value of it",
	faultOperationFailed:   "an IP SLA operation could not run: it has no figures",
	faultOperationUnread:   "the agent answers an error for an IP SLA operation",
	faultOperationsLeft:    "there are more IP SLA operations than one poll can read: they take turns",
	faultTooManyOperations: "the agent has more IP SLA operations than are read",

	faultOtherAddress:   "the agent answers from another address than it was asked at",
	faultStray:          "messages came that answer nothing that was asked, or are not protected as they must be: they were left out",
	faultNotAuthentic:   "messages came whose digest is wrong: they were left out",
	faultResynchronised: "the agent's engine had another id or clock than before, as after a restart: it was asked again",
}
