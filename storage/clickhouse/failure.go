package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// remedies say what is the matter with the store and what to do about it.
var remedies = map[string]string{
	storage.FailureAway:         "the store cannot be reached: see that it runs and that storage.clickhouse.address is right",
	storage.FailureSlow:         "the store did not answer in time: see what keeps it busy, or raise storage.clickhouse.insert_timeout and query_timeout",
	storage.FailureFull:         "the store's disk is full: make room on it or add a disk; it goes on by itself then",
	storage.FailureReadOnly:     "the store takes no rows, it may only be read just now: see why its disk or its tables are read-only; it goes on by itself then",
	storage.FailureTooManyParts: "the store merges slower than rows come: see that its disk is fast enough and that nothing else writes to it; it goes on by itself then",
	storage.FailureMemory:       "the store has no memory left for this: see what takes it, raise its limit (storage.embedded.memory_limit), or lower processors.batch_rows",
	storage.FailureBusy:         "the store does too much at once: see what keeps it busy, or lower storage.clickhouse.connections",
	storage.FailureAccess:       "the store does not let this user do it: see storage.clickhouse's username and password, and what mimamori migrate --grants prints",
	storage.FailureCertificate:  "the store and this program do not take each other's certificates: see storage.clickhouse.tls",
	storage.FailureSchema:       "the store lacks what this program needs: run mimamori migrate of this version",
	storage.FailureOther:        "the store could not do it: see what it says",
	storage.FailureRejected:     "the store makes no sense of what this program says, which waiting does not heal: report it with this line",
}

// reasons are the error codes of ClickHouse that say what is the matter.
var reasons = map[int32]string{
	243: storage.FailureFull, // NOT_ENOUGH_SPACE

	164: storage.FailureReadOnly, 242: storage.FailureReadOnly, 774: storage.FailureReadOnly, // READONLY, TABLE_IS_READ_ONLY, TABLE_IS_PERMANENTLY_READ_ONLY

	252: storage.FailureTooManyParts, // TOO_MANY_PARTS

	241: storage.FailureMemory, 173: storage.FailureMemory, // MEMORY_LIMIT_EXCEEDED, CANNOT_ALLOCATE_MEMORY

	159: storage.FailureSlow, 160: storage.FailureSlow, 209: storage.FailureSlow, // TIMEOUT_EXCEEDED, TOO_SLOW, SOCKET_TIMEOUT

	202: storage.FailureBusy, 439: storage.FailureBusy, 473: storage.FailureBusy, // TOO_MANY_SIMULTANEOUS_QUERIES, CANNOT_SCHEDULE_TASK, DEADLOCK_AVOIDED

	192: storage.FailureAccess, 193: storage.FailureAccess, 194: storage.FailureAccess, // UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD
	195: storage.FailureAccess, 497: storage.FailureAccess, 516: storage.FailureAccess, // IP_ADDRESS_NOT_ALLOWED, ACCESS_DENIED, AUTHENTICATION_FAILED

	60: storage.FailureSchema, 81: storage.FailureSchema, // UNKNOWN_TABLE, UNKNOWN_DATABASE
	16: storage.FailureSchema, 47: storage.FailureSchema, // NO_SUCH_COLUMN_IN_TABLE, UNKNOWN_IDENTIFIER

	210: storage.FailureAway, 425: storage.FailureAway, 236: storage.FailureAway, 394: storage.FailureAway, // NETWORK_ERROR, SYSTEM_ERROR, ABORTED, QUERY_WAS_CANCELLED
	33: storage.FailureAway, 1002: storage.FailureAway, // CANNOT_READ_ALL_DATA of a body cut off, UNKNOWN_EXCEPTION

	53: storage.FailureRejected, 62: storage.FailureRejected, 115: storage.FailureRejected, 117: storage.FailureRejected, // TYPE_MISMATCH, SYNTAX_ERROR, UNKNOWN_SETTING, INCORRECT_DATA
	20: storage.FailureRejected, 43: storage.FailureRejected, 46: storage.FailureRejected, // NUMBER_OF_COLUMNS_DOESNT_MATCH, ILLEGAL_TYPE_OF_ARGUMENT, UNKNOWN_FUNCTION
	10: storage.FailureRejected, 44: storage.FailureRejected, 70: storage.FailureRejected, // NOT_FOUND_COLUMN_IN_BLOCK, ILLEGAL_COLUMN, CANNOT_CONVERT_TYPE
	48: storage.FailureRejected, 42: storage.FailureRejected, 36: storage.FailureRejected, // NOT_IMPLEMENTED, NUMBER_OF_ARGUMENTS_DOESNT_MATCH, BAD_ARGUMENTS
}

// failed puts an error of the store into words. That the caller's own context ended is
// none of the store's.
func (s *Store) failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if known := (*storage.Failure)(nil); errors.As(err, &known) {
		return err
	}
	reason := reasonOf(err)
	s.metrics.failures.WithLabelValues(reason).Inc()
	return &storage.Failure{Reason: reason, Remedy: remedies[reason], Err: err}
}

func reasonOf(err error) string {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		// What the operating system says about a disk comes under many codes.
		switch {
		case strings.Contains(exception.Message, "No space left on device"), strings.Contains(exception.Message, "Disk quota exceeded"):
			return storage.FailureFull
		case strings.Contains(exception.Message, "Read-only file system"):
			return storage.FailureReadOnly
		}
		if reason, ok := reasons[exception.Code]; ok {
			return reason
		}
		return storage.FailureOther
	}
	var (
		untrusted *tls.CertificateVerificationError
		remote    *net.OpError // of a TLS alert
		record    tls.RecordHeaderError
		network   net.Error
		number    syscall.Errno
		answer    *clickhouse.HTTPError // without the word of a ClickHouse: of a proxy before it
	)
	switch {
	case errors.As(err, &untrusted), errors.As(err, &record), errors.As(err, &remote) && remote.Op == "remote error", errors.Is(err, http.ErrSchemeMismatch):
		return storage.FailureCertificate
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return storage.FailureSlow
	case errors.As(err, &network), errors.As(err, &number), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &answer) && answer.StatusCode >= 500:
		return storage.FailureAway
	}
	return storage.FailureOther
}
