package alerttest

import (
	"os"
	"os/exec"
	"testing"
)

// Python returns the interpreter that has aiosmtpd, the mail server of tests. Where it is missing the test is skipped,
// and fails where CI is true.
func Python(t testing.TB) string {
	t.Helper()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import aiosmtpd.smtp").Run() != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("aiosmtpd is missing (Debian package python3-aiosmtpd)")
		}
		t.Skip("aiosmtpd is missing (Debian package python3-aiosmtpd)")
	}
	return python
}
