package embedded

import "net/http"

// Error codes of ClickHouse that this package gives out itself or translates to a
// status of HTTP.
const (
	codeUnknownTable     = 60
	codeSyntaxError      = 62
	codeUnknownDatabase  = 81
	codeUnknownSetting   = 115
	codeIncorrectData    = 117
	codeTimeout          = 159
	codeTooBig           = 191
	codeNotImplemented   = 48
	codeMemoryLimit      = 241
	codeNotEnoughSpace   = 243
	codeCancelled        = 394
	codeAccessDenied     = 497
	codeAuthentication   = 516
	codeUnknown          = 1002
	codeNetworkErrorRead = 210
)

var codeNames = map[int]string{
	codeSyntaxError:      "SYNTAX_ERROR",
	codeUnknownSetting:   "UNKNOWN_SETTING",
	codeIncorrectData:    "INCORRECT_DATA",
	codeTooBig:           "SET_SIZE_LIMIT_EXCEEDED",
	codeNotImplemented:   "NOT_IMPLEMENTED",
	codeMemoryLimit:      "MEMORY_LIMIT_EXCEEDED",
	codeCancelled:        "QUERY_WAS_CANCELLED",
	codeUnknownDatabase:  "UNKNOWN_DATABASE",
	codeAccessDenied:     "ACCESS_DENIED",
	codeAuthentication:   "AUTHENTICATION_FAILED",
	codeNetworkErrorRead: "NETWORK_ERROR",
	codeUnknown:          "UNKNOWN_EXCEPTION",
}

// statusOf is the HTTP status for an error code, as a ClickHouse server chooses it.
func statusOf(code int) int {
	switch code {
	case codeSyntaxError, codeUnknownSetting, codeIncorrectData, codeNetworkErrorRead:
		return http.StatusBadRequest
	case codeAuthentication:
		return http.StatusUnauthorized
	case codeAccessDenied:
		return http.StatusForbidden
	case codeUnknownTable, codeUnknownDatabase:
		return http.StatusNotFound
	case codeTooBig:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case codeTimeout:
		return http.StatusRequestTimeout
	case codeNotEnoughSpace:
		return http.StatusInsufficientStorage
	case codeMemoryLimit:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
