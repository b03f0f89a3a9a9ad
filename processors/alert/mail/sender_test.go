package mail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mimamori/processors/alert/notify"
)

const key = "0123456789abcdef"

var began = time.Date(2026, 9, 18, 16, 50, 0, 0, time.FixedZone("", 9*3600))

// firing is a group of one alarm; change may be nil.
func firing(change func(*notify.Member)) notify.Group {
	member := notify.Member{Status: notify.Firing, Alert: notify.Alert{
		Labels: map[string]string{"alertname": "DeviceDown", "severity": "major", "customer": "青葉食品", "site": "Tokyo", "entity": "edge-1"},
		Annotations: map[string]string{
			"id": key, "summary": "東京のルーターが応答しません", "name": "edge-1", "since": began.Format(time.RFC3339), "devices": "14",
			"ticket_severity": "S2", "context": `{"device":{"serial":"FTX1"}}`, "link": "https://noc.example/a", "runbook": "javascript:alert(1)",
		},
		StartsAt: began,
	}}
	if change != nil {
		change(&member)
	}
	return notify.Group{Receiver: "desk", Key: "group", Status: member.Status, Alerts: []notify.Member{member}}
}

func hasEnded(m *notify.Member) {
	m.Status, m.EndsAt = notify.Resolved, began.Add(time.Hour)
}

func (s server) target(security string) Target {
	return Target{Receiver: "desk", Server: s.address, Security: security, CAFile: s.certificate, From: "Aoba NOC <noc@partner.example>", To: []string{"desk@tickets.example"}}
}

func mustMake(t *testing.T, cfg Config, target Target) *Sender {
	t.Helper()
	made, err := New(cfg, target)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func deliver(t *testing.T, s *Sender, group notify.Group) {
	t.Helper()
	if _, err := s.Deliver(t.Context(), group); err != nil {
		t.Fatal(err)
	}
}

// TestThread follows an alarm by mail, over STARTTLS with a password and over a restart,
// and reads back what a ticket system needs.
func TestThread(t *testing.T) {
	mailServer := startServer(t, "starttls", "noc", "open sesame")
	cfg := DefaultConfig()
	cfg.Brand = Brand{Name: "Aoba & Partners", Accent: "#c01020", Footer: "Tel. 03-0000-0000", Logo: filepath.Join(t.TempDir(), "logo.png")}
	pixel, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.Brand.Logo, pixel, 0o600); err != nil {
		t.Fatal(err)
	}
	target := mailServer.target("")
	target.User, target.Password = "noc", "open sesame"
	sender := mustMake(t, cfg, target)
	deliver(t, sender, firing(nil))
	deliver(t, sender, firing(nil))
	deliver(t, sender, firing(func(m *notify.Member) { m.Annotations["value"] = "9" }))
	deliver(t, sender, firing(func(m *notify.Member) { m.Annotations["owner"] = "佐藤" }))
	deliver(t, mustMake(t, cfg, target), firing(hasEnded))

	all := mailServer.mails(t)["desk@tickets.example"]
	if len(all) != 3 {
		t.Fatalf("%d mails came", len(all))
	}
	byID := map[string]got{}
	for _, one := range all {
		byID[one.Get("Message-Id")] = one
	}
	root := fmt.Sprintf("<%s.%d@partner.example>", key, began.Unix())
	first, end := byID[root], byID[strings.Replace(root, "@", ".cleared@", 1)]
	if first.Header == nil || end.Header == nil {
		t.Fatalf("the mails are %v", byID)
	}
	for _, one := range all {
		if one.Get("Message-Id") != root && (one.Get("In-Reply-To") != root || one.Get("References") != root) {
			t.Errorf("%v does not follow the first", one.Header)
		}
		if one.Get("Auto-Submitted") != "auto-generated" || one.Get("X-Mimamori-Id") != key || !strings.HasPrefix(one.Get("Subject"), "[mimamori #"+key+"] ") {
			t.Errorf("the header is %v", one.Header)
		}
	}
	if first.subject(t) != "[mimamori #"+key+"] RAISED 東京のルーターが応答しません" || !strings.Contains(end.Get("Subject"), "] CLEARED =?") || first.Get("In-Reply-To") != "" {
		t.Errorf("the subjects are %q and %q", first.subject(t), end.Get("Subject"))
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(end.parts["application/json"]), &document); err != nil || document["id"] != key || document["status"] != "CLEARED" ||
		document["until"] != "2026-09-18T17:50:00+09:00" || document["customer"] != "青葉食品" || document["context"].(map[string]any)["device"] == nil {
		t.Errorf("the attachment is %v: %v", document, err)
	}
	page := first.parts["text/html"]
	for _, want := range []string{"#c01020", "Aoba &amp; Partners", "Tel. 03-0000-0000", `src="cid:logo"`, `href="https://noc.example/a"`, "2026-09-18 16:50:00 &#43;09:00", "FTX1"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page, `href="javascript`) {
		t.Error("the page has a link that is a script")
	}
	if first.parts["image/png"] != string(pixel) && strings.ReplaceAll(string(pixel), "\r\n", "\n") != first.parts["image/png"] || first.ids["image/png"] != "<logo>" {
		t.Errorf("the logo is %q of %d bytes", first.ids["image/png"], len(first.parts["image/png"]))
	}
	if text := first.parts["text/plain"]; !strings.HasPrefix(text, "Alarm raised: 東京のルーターが応答しません\n") || !strings.Contains(text, "\nDevices affected: 14\n") || !strings.Contains(text, "\n-- \nAoba & Partners\n") {
		t.Errorf("the text is %q", text)
	}
}

// TestJapanese is read by who asked for it, over TLS.
func TestJapanese(t *testing.T) {
	mailServer := startServer(t, "tls", "noc", "open sesame")
	cfg := DefaultConfig()
	cfg.Language = "ja"
	target := mailServer.target("tls")
	target.User, target.Password = "noc", "open sesame"
	deliver(t, mustMake(t, cfg, target), firing(hasEnded))
	one := mailServer.mails(t)["desk@tickets.example"][0]
	if text := one.parts["text/plain"]; !strings.HasPrefix(text, "アラーム 復旧: 東京") || !strings.Contains(text, "\nお客様: 青葉食品\n") {
		t.Errorf("the text is %q", text)
	}
	if !strings.Contains(one.parts["text/html"], `<html lang="ja">`) {
		t.Errorf("the page is %s", one.parts["text/html"])
	}
}

// TestShort fits into a text message.
func TestShort(t *testing.T) {
	mailServer := startServer(t, "none", "", "")
	target := mailServer.target("none")
	target.Short = true
	deliver(t, mustMake(t, DefaultConfig(), target), firing(func(m *notify.Member) { m.Annotations["summary"] = strings.Repeat("長い", 200) }))
	one := mailServer.mails(t)["desk@tickets.example"][0]
	text := strings.TrimRight(one.parts["text/plain"], "\n")
	if len(one.parts) != 1 || utf8.RuneCountInString(text) != 160 || !strings.HasPrefix(text, "RAISED S2 青葉食品/Tokyo 長い") || !strings.HasSuffix(text, "… #"+key) {
		t.Errorf("%d parts, the text is %q", len(one.parts), text)
	}
}

// TestDeviceText cannot write headers, markup, another direction or an encoded word.
func TestDeviceText(t *testing.T) {
	mailServer := startServer(t, "none", "", "")
	evil := "<script>x</script>\r\nBcc: all@victim.example\r\n\r\nbody \u202eevil\u2066 =?utf-8?B?DQpYOiB5?="
	deliver(t, mustMake(t, DefaultConfig(), mailServer.target("none")), firing(func(m *notify.Member) {
		m.Annotations["summary"], m.Annotations["name"], m.Labels["entity"], m.Labels["site"] = evil, evil, evil, evil
		m.Annotations["context"] = "{\"log\":\"</pre><script>\u202e\"}"
	}))
	one := mailServer.mails(t)["desk@tickets.example"][0]
	if one.Get("Bcc") != "" || one.Get("X") != "" || strings.ContainsAny(one.subject(t), "\r\n\u202e\u2066") || !strings.Contains(one.subject(t), "<script>x</script> Bcc:") {
		t.Errorf("the header is %v, the subject %q", one.Header, one.subject(t))
	}
	entity := one.Get("X-Mimamori-Entity")
	if shown := decoded(entity); strings.ContainsAny(shown, "\r\n\u202e\u2066") || !strings.Contains(shown, "= ?utf-8") {
		t.Errorf("the entity is %q", shown)
	}
	for _, kind := range []string{"text/html", "text/plain"} {
		if strings.ContainsAny(one.parts[kind], "\u202e\u2066") {
			t.Errorf("%s has marks of direction", kind)
		}
	}
	if strings.Contains(one.parts["text/html"], "<script") {
		t.Errorf("the page has markup: %s", one.parts["text/html"])
	}
}

// TestRefused tries again whom the server did not turn down for good, and nobody else has
// a mail twice.
func TestRefused(t *testing.T) {
	mailServer := startServer(t, "none", "", "")
	target := mailServer.target("none")
	target.To = append(target.To, "busy@tickets.example")
	sender := mustMake(t, DefaultConfig(), target)
	if retry, err := sender.Deliver(t.Context(), firing(nil)); err == nil || !retry || !strings.Contains(err.Error(), "busy@tickets.example") || !strings.Contains(err.Error(), "451") {
		t.Fatalf("while it is busy: %v, %v", retry, err)
	}
	if err := os.WriteFile(mailServer.maildir+".calm", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	deliver(t, sender, firing(nil))
	all := mailServer.mails(t)
	if len(all["desk@tickets.example"]) != 1 || len(all["busy@tickets.example"]) != 1 {
		t.Errorf("there are %d and %d mails", len(all["desk@tickets.example"]), len(all["busy@tickets.example"]))
	}
	target.To = []string{"gone@tickets.example", "desk@tickets.example"}
	if retry, err := mustMake(t, DefaultConfig(), target).Deliver(t.Context(), firing(nil)); err == nil || retry || !strings.Contains(err.Error(), "for good") {
		t.Errorf("who is gone: %v, %v", retry, err)
	}
	if all = mailServer.mails(t); len(all["desk@tickets.example"]) != 2 {
		t.Error("the other one was not told")
	}
}

// TestRepeat sends what says nothing new again only where it is asked for.
func TestRepeat(t *testing.T) {
	mailServer := startServer(t, "none", "", "")
	target := mailServer.target("none")
	target.Repeat = time.Hour
	sender := mustMake(t, DefaultConfig(), target)
	moment := began
	sender.now = func() time.Time { return moment }
	for _, after := range []time.Duration{0, 59 * time.Minute, 61 * time.Minute, 62 * time.Minute} {
		moment = began.Add(after)
		deliver(t, sender, firing(nil))
	}
	all := mailServer.mails(t)["desk@tickets.example"]
	ids := map[string]bool{}
	for _, one := range all {
		ids[one.Get("Message-Id")] = true
	}
	if len(all) != 2 || len(ids) != 2 {
		t.Errorf("there are %d mails: %v", len(all), ids)
	}
}

// TestMany sends more mails than go over one connection, each once.
func TestMany(t *testing.T) {
	mailServer := startServer(t, "none", "", "")
	group := notify.Group{}
	for i := range mostAtOnce + 1 {
		group.Alerts = append(group.Alerts, firing(func(m *notify.Member) { m.Annotations["id"] = fmt.Sprintf("%016x", i) }).Alerts...)
	}
	deliver(t, mustMake(t, DefaultConfig(), mailServer.target("none")), group)
	ids := map[string]bool{}
	for _, one := range mailServer.mails(t)["desk@tickets.example"] {
		ids[one.Get("X-Mimamori-Id")] = true
	}
	if len(ids) != mostAtOnce+1 {
		t.Errorf("%d alarms were told", len(ids))
	}
}

// TestServers that cannot be trusted, log nobody in, are away or hang.
func TestServers(t *testing.T) {
	for name, one := range map[string]struct {
		prepare func(t *testing.T) Target
		retry   bool
		says    string
	}{
		"password": {func(t *testing.T) Target {
			target := startServer(t, "starttls", "noc", "open sesame").target("")
			target.User, target.Password = "noc", "wrong one"
			return target
		}, false, "check user and password"},
		"no login": {func(t *testing.T) Target {
			target := startServer(t, "none", "", "").target("none")
			target.User, target.Password = "noc", "wrong one"
			return target
		}, false, "lets nobody log in"},
		"no STARTTLS": {func(t *testing.T) Target { return startServer(t, "none", "", "").target("") }, false, "nothing is sent in the clear"},
		"authority": {func(t *testing.T) Target {
			target := startServer(t, "starttls", "", "").target("")
			target.CAFile = ""
			return target
		}, false, "ca_file"},
		"away": {func(t *testing.T) Target {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			listener.Close()
			return server{address: listener.Addr().String()}.target("none")
		}, true, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			retry, err := mustMake(t, DefaultConfig(), one.prepare(t)).Deliver(t.Context(), firing(nil))
			if err == nil || retry != one.retry || !strings.Contains(err.Error(), one.says) || strings.Contains(err.Error(), "wrong one") {
				t.Errorf("retry %v: %v", retry, err)
			}
		})
	}
	t.Run("hangs", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		ctx, cancel := context.WithCancel(t.Context())
		closed := make(chan error, 1)
		go func() {
			connection, err := listener.Accept()
			if err == nil {
				cancel()
				_, err = connection.Read(make([]byte, 1))
				connection.Close()
			}
			closed <- err
		}()
		if retry, err := mustMake(t, DefaultConfig(), server{address: listener.Addr().String()}.target("none")).Deliver(ctx, firing(nil)); err == nil || !retry {
			t.Errorf("retry %v: %v", retry, err)
		}
		if err := <-closed; err == nil {
			t.Error("the connection was not closed")
		}
	})
}

// TestForget keeps what is remembered within bounds.
func TestForget(t *testing.T) {
	sender := mustMake(t, DefaultConfig(), server{address: "127.0.0.1:25"}.target("none"))
	alarms, err := firing(nil).Alarms()
	if err != nil {
		t.Fatal(err)
	}
	moment := began
	sender.now = func() time.Time { moment = moment.Add(time.Second); return moment }
	for i := range mostTold + 1 {
		sender.remember(fmt.Sprint(i), alarms[0])
	}
	if oldest, before := sender.due("0", alarms[0]); len(sender.told) > mostTold || !oldest || before.mails != 0 {
		t.Errorf("%d are remembered", len(sender.told))
	}
	if newest, _ := sender.due(fmt.Sprint(mostTold), alarms[0]); newest {
		t.Error("the newest is forgotten")
	}
}

// TestValidate finds every mistake, by its keys.
func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{Language: "fr", Brand: Brand{Accent: "red"}, Targets: []Target{
		{Server: "mail.example", Security: "none", User: "x", From: "nobody", ReplyTo: "a@b\r\nBcc: c@d", To: []string{"?"}, Language: "de", Repeat: time.Second},
		{Receiver: "desk", Server: "mail.example:25", Security: "ssl", From: "a@b.example"},
	}}.Validate()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		"language is \"fr\"", "brand.name", "brand.accent", "targets[0].receiver", "targets[0].server", "targets[0].security", "targets[0].user", "targets[0].from",
		"targets[0].reply_to", "targets[0].to[0]", "targets[0].language", "targets[0].repeat", "targets[1].security", "targets[1].to is empty",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not found in %v", want, err)
		}
	}
}
