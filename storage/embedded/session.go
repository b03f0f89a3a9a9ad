package embedded

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// pooled is a session with what clients left behind on it. A client's settings and
// database belong to its request alone, so each request states all it wants and the
// session is brought there from where the last one left it.
type pooled struct {
	*session
	database string
	settings map[string]string
	buffer   []byte // for data on their way in
}

// insertBuffer is how much of an INSERT's data is handed to the engine at a time.
const insertBuffer = 256 << 10

// adopt brings the session to a request's database and settings. After an error the
// session is somewhere between the two and must be renewed.
func (p *pooled) adopt(database string, settings map[string]string) error {
	if database != p.database {
		if err := p.run("USE "+quoteName(database), nil); err != nil {
			return err
		}
		p.database = database
	}
	changes := settingChanges(p.settings, settings)
	if len(changes) == 0 {
		return nil
	}
	if err := p.run("SET "+strings.Join(changes, ", "), nil); err != nil {
		return err
	}
	clear(p.settings)
	for name, value := range settings {
		p.settings[name] = value
	}
	return nil
}

// departs says whether a request leaves settings to the profile that the one before it
// changed. DEFAULT would make them ClickHouse's own, and not the profile's again.
func (p *pooled) departs(settings map[string]string) bool {
	for name := range p.settings {
		if _, wanted := settings[name]; !wanted && slices.Contains(profiled, name) {
			return true
		}
	}
	return false
}

// settingChanges lists the assignments that lead from one set of settings to another.
func settingChanges(from, to map[string]string) []string {
	var changes []string
	for name := range from {
		if _, wanted := to[name]; !wanted {
			changes = append(changes, name+" = DEFAULT")
		}
	}
	for name, value := range to {
		if old, set := from[name]; !set || old != value {
			changes = append(changes, name+" = "+quoteString(value))
		}
	}
	sort.Strings(changes)
	return changes
}

var stringEscapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`)

func quoteString(s string) string { return "'" + stringEscapes.Replace(s) + "'" }

func quoteName(s string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(s) + "`"
}

// pool hands out sessions, each to one request at a time.
type pool struct {
	free chan *pooled
	open func() (*session, error)
}

func newPool(size int, open func() (*session, error)) (*pool, error) {
	p := &pool{free: make(chan *pooled, size), open: open}
	for range size {
		s, err := open()
		if err != nil {
			return p, err
		}
		p.free <- &pooled{session: s, settings: map[string]string{}, buffer: make([]byte, insertBuffer)}
	}
	return p, nil
}

// take waits for a free session.
func (p *pool) take(ctx context.Context) (*pooled, error) {
	select {
	case s := <-p.free:
		return s, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a free session of the engine: %w", context.Cause(ctx))
	}
}

func (p *pool) give(s *pooled) { p.free <- s }

// recover makes a session usable after a failed stream, which the next statement may
// still find in its way.
func (p *pool) recover(s *pooled) {
	if s.run("SELECT 1", nil) != nil {
		p.renew(s)
	}
}

// renew replaces the session by one that no client has used. It takes less than a
// millisecond.
func (p *pool) renew(s *pooled) {
	fresh, err := p.open()
	if err != nil {
		return // the next request on it reports what is wrong
	}
	s.close()
	s.session, s.database = fresh, ""
	clear(s.settings)
}

// close closes all sessions that come back before ctx ends.
func (p *pool) close(ctx context.Context) {
	for range cap(p.free) {
		s, err := p.take(ctx)
		if err != nil {
			return
		}
		s.close()
	}
}
