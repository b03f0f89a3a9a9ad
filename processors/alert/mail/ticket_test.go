package mail

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert/notify"
)

// late is an alarm about the ticket of firing, told to the engineer.
func late(m *notify.Member) {
	m.Labels["alertname"], m.Labels["ticket"], m.Labels["step"] = "TicketEscalated", key, "engineer"
	m.Annotations["id"], m.Annotations["summary"], m.Annotations["since"] = "fedcba9876543210", "nobody has taken the ticket", began.Add(time.Hour).Format(time.RFC3339)
	m.Annotations["detail_ticket_since"] = began.UTC().Format(time.RFC3339)
}

// TestMailAboutATicket comes in the thread of that ticket, under its key, and opens and closes none.
func TestMailAboutATicket(t *testing.T) {
	mailServer := startServer(t, "tls", "", "")
	sender := mustMake(t, DefaultConfig(), mailServer.target("tls"))
	deliver(t, sender, firing(late))
	deliver(t, sender, firing(late))
	deliver(t, sender, firing(func(m *notify.Member) { late(m); hasEnded(m) }))
	all := mailServer.mails(t)["desk@tickets.example"]
	if len(all) != 2 {
		t.Fatalf("%d mails came", len(all))
	}
	root := fmt.Sprintf("<%s.%d@partner.example>", key, began.Unix())
	words := map[string]bool{}
	for _, one := range all {
		if one.Get("In-Reply-To") != root || one.Get("X-Mimamori-Id") != key || one.Get("X-Mimamori-Step") != "engineer" || !strings.HasPrefix(one.subject(t), "[mimamori #"+key+"] ") {
			t.Errorf("the header is %v", one.Header)
		}
		words[one.Get("X-Mimamori-Status")] = strings.Contains(one.parts["text/plain"], "Ticket "+strings.ToLower(one.Get("X-Mimamori-Status")))
		// An answer to it is one to the ticket, also where the subject was changed.
		for _, head := range []string{"Subject: Re: " + one.subject(t), "Subject: on my way\nIn-Reply-To: " + one.Get("Message-Id")} {
			got, err := ParseReply(reply(head+"\n", "I take it.\n"))
			if err != nil || got.ID != key || strings.Contains(head, "In-Reply") && !got.Began.Equal(began) {
				t.Errorf("an answer with %q is %+v, %v", head, got, err)
			}
		}
	}
	if len(words) != 2 || !words["ESCALATED"] || !words["SETTLED"] {
		t.Errorf("the mails say %v", words)
	}
}
