package mail

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// reply is a mail with this head beside the usual, and this body.
func reply(head, body string) []byte {
	if !strings.Contains(head, "Subject:") {
		head = "Subject: Re: [mimamori #" + key + "] RAISED edge-1 is down\n" + head
	}
	return []byte(strings.ReplaceAll("From: Sato <sato@partner.example>\n"+head+"\n"+body, "\n", "\r\n"))
}

// TestParseReply takes out what is new, of what mail programs make.
func TestParseReply(t *testing.T) {
	japaneseBody, err := japanese.ISO2022JP.NewEncoder().String("回線業者に連絡しました。\n\n2026年9月18日(金) 16:50 NOC <noc@partner.example>:\n> アラーム\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct{ head, body, text string }{
		"plain":       {"", "Carrier called.\n\nIt is the fibre.\n", "Carrier called.\n\nIt is the fibre."},
		"quote below": {"", "Carrier called.\n\nOn Fri, Sep 18, 2026 at 4:50 PM NOC <noc@partner.example> wrote:\n> Alarm raised\n>\n> more\n", "Carrier called."},
		"two lines":   {"", "Done.\n\nOn Fri, Sep 18, 2026 at 4:50 PM Aoba NOC\n<noc@partner.example> wrote:\n\n> Alarm raised\n", "Done."},
		"quote above": {"", "On Friday, NOC wrote:\n> Alarm raised\n\nCarrier called.\n", "Carrier called."},
		"between":     {"", "> Site: Tokyo\nNo, Osaka.\n> Value: 9\nYes.\n", "No, Osaka.\nYes."},
		"not marked":  {"", "Done.\n\nOn Friday, NOC wrote:\n\nAlarm raised: edge-1\n", "Done."},
		"outlook":     {"", "Done.\n\n________________________________\nFrom: NOC <noc@partner.example>\nSent: Friday\nTo: Sato\nSubject: x\n\nAlarm raised\n", "Done."},
		"original":    {"", "Done.\n-----Original Message-----\nAlarm raised\n", "Done."},
		"signature":   {"", "Done.\n-- \nSato\nAoba NOC\n", "Done."},
		"phone":       {"", "Done.\n\nSent from my iPhone\n", "Done."},
		"german":      {"", "Erledigt.\n\nAm 18.09.2026 um 16:50 schrieb NOC:\n> Alarm\n", "Erledigt."},
		"no quote":    {"", "On Monday I will look at it.\nFrom: here on it is fine.\n", "On Monday I will look at it.\nFrom: here on it is fine."},
		"japanese":    {"Content-Type: text/plain; charset=ISO-2022-JP\n", japaneseBody, "回線業者に連絡しました。"},
		"outlook ja":  {"Content-Type: text/plain; charset=utf-8\n", "対応済み\n\n差出人: NOC\n送信日時: 金曜日\n宛先: 佐藤\n件名: x\n\n本文\n", "対応済み"},
		"alternative": {"Content-Type: multipart/alternative; boundary=x\n", "--x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nRG9uZS4=\n--x\nContent-Type: text/html\n\n<p>wrong</p>\n--x--\n", "Done."},
		"page": {"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
			"<html><head><style>p{}</style></head><body><p>Done &amp; =E6=B8=88</p><p>Twice</p><div class=3D\"gmail_quote\">On Friday wrote:<blockquote>Alarm</blockquote></div></body></html>", "Done & 済\nTwice"},
		"outlook page": {"Content-Type: text/html\n", "<p>Done.</p><div id=\"appendonsend\"></div><hr><div>From: NOC</div>", "Done."},
		"attachment":   {"Content-Type: multipart/mixed; boundary=x\n", "--x\nContent-Type: text/plain\nContent-Disposition: attachment\n\nwrong\n--x\nContent-Type: text/plain\n\nDone.\n--x--\n", "Done."},
		"cut off":      {"Content-Type: multipart/mixed; boundary=x\n", "--x\nContent-Type: text/plain\n\nDone.\n", "Done."},
		"direction":    {"Content-Type: text/plain; charset=utf-8\n", "Do\u202ene\x00.\n", "Done."},
		"no charset":   {"Content-Type: text/plain; charset=martian\n", "Done.\n", "Done."},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseReply(reply(one.head, one.body))
			if err != nil || got.ID != key || got.From != "sato@partner.example" || !got.Human || got.Text != one.text {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestByHuman tells automatic replies from people.
func TestByHuman(t *testing.T) {
	subject := "Subject: Re: [mimamori #" + key + "] x\n"
	for head, want := range map[string]bool{
		"":                               true,
		"Auto-Submitted: no\n":           true,
		"Precedence: normal\n":           true,
		"Auto-Submitted: auto-replied\n": false,
		"Auto-Submitted: auto-generated; type=x\n":     false,
		"Precedence: bulk\n":                           false,
		"Precedence: Auto_Reply\n":                     false,
		"X-Autoreply: yes\n":                           false,
		"X-Autorespond: on holiday\n":                  false,
		"X-Mimamori-Id: " + key + "\n":                 false,
		"Return-Path: <>\n":                            false,
		"Content-Type: multipart/report; boundary=x\n": false,
	} {
		if got, err := ParseReply(reply(subject+head, "text\n")); got.Human != want || err != nil {
			t.Errorf("%q: human is %v, %v", head, got.Human, err)
		}
	}
	for _, begin := range []string{"Out of Office:", "Automatic reply:", "自動応答:", "=?utf-8?B?6Ieq5YuV5b+c562U?=:", "Undeliverable:"} {
		if got, _ := ParseReply(reply("Subject: "+begin+" [mimamori #"+key+"] x\n", "text\n")); got.Human {
			t.Errorf("%q is taken for a person's", begin)
		}
	}
}

// TestReplyKey finds the key in the subject, however it is written, or in the thread.
func TestReplyKey(t *testing.T) {
	for _, head := range []string{
		"Subject: AW: Re: [Mimamori #0123456789ABCDEF] x\n",
		"Subject: =?utf-8?B?W21pbWFtb3JpICMwMTIzNDU2Nzg5YWJjZGVmXSDmnbE=?=\n",
		"Subject: edge-1\nIn-Reply-To: <0123456789abcdef.1789717800@partner.example>\n",
		"Subject: edge-1\nReferences: <a@b> <0123456789abcdef.1789717800.cleared@partner.example>\n",
	} {
		got, err := ParseReply(reply(head, "x\n"))
		if got.ID != key || err != nil {
			t.Errorf("%q: %+v, %v", head, got, err)
		}
		// Which occurrence of the alarm is answered only the thread says.
		if inThread := strings.Contains(head, "1789717800"); inThread != (got.Began.Unix() == 1789717800) || !inThread && !got.Began.IsZero() {
			t.Errorf("%q: it began at %s", head, got.Began)
		}
	}
	if got, err := ParseReply(reply("In-Reply-To: <fedcba9876543210.1789717800@partner.example>\nMessage-ID: <7@home>\n", "x\n")); err != nil || !got.Began.IsZero() || got.MessageID != "<7@home>" {
		t.Errorf("in the thread of another: %+v, %v", got, err)
	}
	if _, err := ParseReply(reply("Subject: lunch\n", "[mimamori #"+key+"]\n")); !errors.Is(err, ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	if got, err := ParseReply([]byte("From: nobody\r\nSubject: [mimamori #" + key + "]\r\n\r\nx")); err == nil || got.ID != key {
		t.Errorf("without a sender: %+v, %v", got, err)
	}
	if _, err := ParseReply(make([]byte, LargestReply+1)); err == nil {
		t.Error("a mail of any length is read")
	}
	deep := ""
	for i := range deepest + 1 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n", i, i)
	}
	if _, err := ParseReply([]byte("From: a@b.example\nSubject: [mimamori #" + key + "]\n" + deep)); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("parts within parts: %v", err)
	}
}

// FuzzParseReply reads anything without harm, and hands on nothing that a terminal or a
// page would not show as it stands.
func FuzzParseReply(f *testing.F) {
	f.Add(reply("", "Done.\n\nOn Friday, NOC wrote:\n> x\n"))
	f.Add(reply("Content-Type: multipart/alternative; boundary=x\n", "--x\nContent-Type: text/html\n\n<p>Done<blockquote>x\n--x--\n"))
	f.Add(reply("Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: base64\n", "GyRCJCIbKEI=\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := ParseReply(raw)
		if err == nil && len(got.ID) != 16 {
			t.Errorf("the key is %q", got.ID)
		}
		if strings.ContainsAny(got.Text, "\x00\x1b\r\u202e\u2066") {
			t.Errorf("the text is %q", got.Text)
		}
	})
}
