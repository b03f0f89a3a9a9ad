package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mimamori/processors/alert/notify"
)

// largestLogo is in bytes.
const largestLogo = 200 << 10

// mostTold is how many mails are remembered, each for an address and an alarm.
const mostTold = 100_000

// mostAtOnce is how many mails are made and sent over one connection.
const mostAtOnce = 50

// Sender sends the mails of one target. It is an integration of notify.
type Sender struct {
	target        Target
	brand         Brand
	words         words
	from, replyTo *mail.Address
	to            []*mail.Address
	logo          []byte
	logoType      string
	security      *tls.Config
	now           func() time.Time

	mu   sync.Mutex
	told map[occurrence]sent
}

// occurrence is an alarm from its beginning to its end, as one address is told of it.
type occurrence struct{ to, thread string }

// sent is what an address was told of it: the last mail by what it said, and how many
// there were, of which so many told of the end.
type sent struct {
	last           string
	at             time.Time
	mails, endings int
}

// New makes the sender of a target of a valid configuration. It connects to nothing yet.
func New(cfg Config, target Target) (*Sender, error) {
	target = target.complete(cfg.Language)
	if err := errors.Join(append(target.problems(), Config{Language: cfg.Language, Brand: cfg.Brand}.Validate())...); err != nil {
		return nil, fmt.Errorf("mail for receiver %q: %w", target.Receiver, err)
	}
	made := &Sender{target: target, brand: cfg.Brand, words: languages[target.Language], now: time.Now, told: map[occurrence]sent{}}
	made.from, _ = address(target.From)
	made.replyTo, _ = address(target.ReplyTo)
	for _, one := range target.To {
		to, _ := address(one)
		made.to = append(made.to, to)
	}
	if cfg.Brand.Logo != "" {
		content, err := os.ReadFile(cfg.Brand.Logo)
		if err != nil {
			return nil, fmt.Errorf("read brand.logo: %w", err)
		}
		made.logo, made.logoType = content, http.DetectContentType(content)
		if len(content) > largestLogo || !slices.Contains([]string{"image/png", "image/jpeg", "image/gif"}, made.logoType) {
			return nil, fmt.Errorf("brand.logo %s is %s of %d bytes: use a PNG, JPEG or GIF of %d bytes at most", cfg.Brand.Logo, made.logoType, len(content), largestLogo)
		}
	}
	made.security = &tls.Config{ServerName: target.host(), MinVersion: tls.VersionTLS12}
	if target.CAFile != "" {
		content, err := os.ReadFile(target.CAFile)
		if err != nil {
			return nil, fmt.Errorf("mail for receiver %q: read ca_file: %w", target.Receiver, err)
		}
		made.security.RootCAs = x509.NewCertPool()
		if !made.security.RootCAs.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("mail for receiver %q: ca_file %s holds no certificate in PEM", target.Receiver, target.CAFile)
		}
	}
	return made, nil
}

// Deliver implements notify.Integration: each address gets a mail about each alarm, but
// where it has it already.
func (s *Sender) Deliver(ctx context.Context, group notify.Group) (retry bool, err error) {
	alarms, wrong := group.Alarms()
	problems := []error{wrong}
	var due []*letter
	for _, alarm := range alarms {
		for _, to := range s.to {
			if is, before := s.due(to.Address, alarm); is {
				due = append(due, &letter{to: to, alarm: alarm, before: before})
			}
		}
	}
	for batch := range slices.Chunk(due, mostAtOnce) {
		again, reached, err := s.sendAll(ctx, batch)
		retry = retry || again
		problems = append(problems, err)
		if !reached {
			break // the next would fare the same
		}
	}
	if err = errors.Join(problems...); err != nil && s.target.Password != "" && strings.Contains(err.Error(), s.target.Password) {
		err = errors.New(strings.ReplaceAll(err.Error(), s.target.Password, "<secret>"))
	}
	return retry, err
}

// sendAll makes and sends a batch, remembers who has a mail, and says whether the server
// took or turned down any. A mail that cannot be made keeps none of the others back.
func (s *Sender) sendAll(ctx context.Context, batch []*letter) (retry, reached bool, err error) {
	var problems []error
	made := make([]*letter, 0, len(batch))
	for _, one := range batch {
		if one.message, err = s.message(one); err != nil {
			problems = append(problems, fmt.Errorf("make the mail about alarm %s of %s to %s: %w", one.alarm.ID, one.alarm.Entity, one.to.Address, err))
			continue
		}
		made = append(made, one)
	}
	if len(made) == 0 {
		return false, true, errors.Join(problems...)
	}
	retry, reached, err = s.send(ctx, made)
	for _, one := range made {
		if one.message.IsDelivered() {
			s.remember(one.to.Address, one.alarm)
		}
		one.message = nil
	}
	return retry, reached, errors.Join(append(problems, err)...)
}

// due says whether an address wants to hear of an alarm, and what it was told before.
func (s *Sender) due(to string, alarm notify.Alarm) (due bool, before sent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.told[occurrence{to, thread(alarm)}]
	again := s.target.Repeat > 0 && s.now().Sub(before.at) >= s.target.Repeat && !alarm.Cleared
	return before.last != saying(alarm) || again, before
}

func (s *Sender) remember(to string, alarm notify.Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := occurrence{to, thread(alarm)}
	if len(s.told) >= mostTold {
		s.forget()
	}
	said := s.told[key]
	said.last, said.at = saying(alarm), s.now()
	said.mails++
	if alarm.Cleared {
		said.endings++
	}
	s.told[key] = said
}

// forget drops the older half: those that still last may be told again, under the
// Message-ID that they had.
func (s *Sender) forget() {
	moments := make([]time.Time, 0, len(s.told))
	for _, said := range s.told {
		moments = append(moments, said.at)
	}
	slices.SortFunc(moments, time.Time.Compare)
	for key, said := range s.told {
		if !said.at.After(moments[len(moments)/2]) {
			delete(s.told, key)
		}
	}
}
