package snmptrap

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestModuleIsSound(t *testing.T) {
	command := exec.CommandContext(t.Context(), needTool(t, "smilint", "smitools"), "-s", "-l", "6", "../../../docs/MIMAMORI-ALARM-MIB.txt")
	command.Env = append(os.Environ(), "SMIPATH="+strings.Split(mibs(t, ""), ":")[0])
	output, err := command.CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Errorf("smilint: %v\n%s", err, output)
	}
}
