package syslog

import (
	"testing"

	"mimamori/ingest/inventory"
)

func TestParseReadsACharset(t *testing.T) {
	const front = "<13>Oct 11 22:14:15 web1 app: "
	for _, test := range []struct {
		name, charset, message, want, complaint string
	}{
		{"Shift_JIS", "Shift_JIS", "\x83\x74\x83\x40\x83\x93\x88\xd9\x8f\xed \x95\x5c", "\u30d5\u30a1\u30f3\u7570\u5e38 \u8868", "read as Shift_JIS"},
		{"Shift_JIS that is partly UTF-8", "shift_jis", "\xc4\xa1\x83\x74", "\uff84\uff61\u30d5", "read as shift_jis"},
		{"EUC-JP", "EUC-JP", "\xb0\xdb\xbe\xef", "\u7570\u5e38", "read as EUC-JP"},
		{"ISO-8859-1", "ISO-8859-1", "caf\xe9", "caf\u00e9", "read as ISO-8859-1"},
		{"GB18030", "GB18030", "\xd2\xec\xb3\xa3", "\u5f02\u5e38", "read as GB18030"},
		{"UTF-8 stays", "Shift_JIS", "\u7570\u5e38", "\u7570\u5e38", ""},
		{"UTF-8 cut off stays", "Shift_JIS", "\u7570\xe5\xb8", "\u7570\\xe5\\xb8", `bytes that are not UTF-8 are written as \xNN`},
		{"cut off", "Shift_JIS", "\x88\xd9\x8f", "\u7570\\x8f", `read as Shift_JIS; bytes that are not UTF-8 are written as \xNN`},
		{"another charset's", "Shift_JIS", "\xff\xff\xff\xff x", `\xff\xff\xff\xff x`, `bytes that are not UTF-8 are written as \xNN`},
		{"none", "", "caf\xe9", `caf\xe9`, `bytes that are not UTF-8 are written as \xNN`},
	} {
		t.Run(test.name, func(t *testing.T) {
			charset, err := inventory.ReadCharset(test.charset)
			if err != nil {
				t.Fatal(err)
			}
			got := Parse([]byte(front+test.message+"\r\n"), Receipt{At: receivedAt, Charset: charset})
			if got.Message != test.want || got.Complaint != test.complaint || got.AppName != "app" {
				t.Errorf("message %q, want %q; complaint %q", got.Message, test.want, got.Complaint)
			}
			if kept := front + test.want; test.complaint != "" && got.Raw != kept || got.Text != kept {
				t.Errorf("kept %q", got.Raw)
			}
		})
	}
}

// A line is read in the charset of the inventory where it is received.
func TestReceiverReadsTheCharset(t *testing.T) {
	site := runAt(t, DefaultConfig(), &inventory.Syslog{UDP: "127.0.0.1:0", Charset: "EUC-JP"}, nil)
	site.send(t, "127.0.0.2", "<13>Oct 11 22:14:15 web1 app: \xb0\xdb\xbe\xef")
	if got := site.wait(t, 1); got.Message[0] != "\u7570\u5e38" {
		t.Errorf("message %q", got.Message[0])
	}
}
