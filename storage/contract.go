package storage

import "time"

// ContractRevision is what was promised to a customer from a time on, as the centre
// knew it: it holds until the customer's next revision.
type ContractRevision struct {
	Customer string
	At       time.Time // when the centre learned of it
	By, Why  string
	// Content is the contract with its calendar and service groups, as storage/sla
	// writes it: the same promise always gives the same text.
	Content string
}

// FirstDeployment is the ContractRevision.Why of the first one of a customer, which
// changed nothing.
const FirstDeployment = "first deployment"
