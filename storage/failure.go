package storage

// The reasons of a Failure.
const (
	FailureAway         = "away"           // it cannot be reached, or the connection broke
	FailureSlow         = "slow"           // it did not answer in time
	FailureFull         = "full"           // its disk is full
	FailureReadOnly     = "read_only"      // it takes no rows, only questions
	FailureTooManyParts = "too_many_parts" // it merges slower than rows come
	FailureMemory       = "memory"         // it has no memory left for this
	FailureBusy         = "busy"           // it does too much at once
	FailureAccess       = "access"         // it does not know the user, or the user may not
	FailureCertificate  = "certificate"    // one side does not take the other's certificate
	FailureSchema       = "schema"         // it lacks a table or a column that this program needs
	FailureOther        = "other"          // it says something else
	FailureRejected     = "rejected"       // it cannot make sense of what this program says
)

// Failure is why the store did not do what it was asked. What failed may be asked again
// as it was: every write can be repeated.
type Failure struct {
	// Reason is one of the constants above.
	Reason string
	// Remedy says in a sentence what is the matter and what to do.
	Remedy string
	// Err is the store's own word.
	Err error
}

// Error returns the remedy and the store's own word.
func (f *Failure) Error() string { return f.Remedy + ": " + f.Err.Error() }

// Unwrap returns the store's own word.
func (f *Failure) Unwrap() error { return f.Err }

// Heals says whether the failure can go away while this program waits. One that does
// not is a fault of this program: it is never right to be silent about it.
func (f *Failure) Heals() bool { return f.Reason != FailureRejected }
