package provision

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options of a run.
type Options struct {
	Key    ed25519.PrivateKey // signs scope tokens
	Now    time.Time          // when tokens are issued
	DryRun bool               // reads alone, and says what would be done
}

// Sync makes a Grafana what the plan says, and adds what it did to the outcome. A second
// run changes nothing. Organisations and users that are not in the plan are listed and
// left alone. What fails stands in the outcome with what to do, and the rest goes on; the
// error is of what ends a run: ErrAway, ErrLogin, ErrNoAdmin, or the context's.
//
// Each step asks first and writes what differs, so a run that broke off is finished by
// the next one.
func Sync(ctx context.Context, client *Client, plan Plan, options Options, outcome *Outcome) error {
	s := &run{client: client, plan: plan, options: options, outcome: outcome}
	if err := client.ask(ctx, 0, http.MethodGet, "/api/user", nil, &s.self); err != nil {
		return err
	}
	if !s.self.IsGrafanaAdmin {
		return fmt.Errorf("%q is %w: only such a one makes organisations: use its login, or give %q that right in Administration > Users", s.self.Login, ErrNoAdmin, s.self.Login)
	}
	for _, organisation := range plan.Organisations {
		each := &place{run: s, plan: organisation}
		if err := each.sync(ctx); err != nil {
			return err
		}
	}
	return s.unplanned(ctx)
}

// run is one call of Sync.
type run struct {
	client  *Client
	plan    Plan
	options Options
	outcome *Outcome
	self    userProfile
	created []User // what a dry run would have made: the rest of the plan counts on it
}

// userProfile is as much as is needed of GET /api/user.
type userProfile struct {
	ID             int64  `json:"id"`
	Login          string `json:"login"`
	IsGrafanaAdmin bool   `json:"isGrafanaAdmin"`
}

// organisation is as much as is needed of GET /api/orgs and /api/orgs/name/NAME.
type organisation struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// pageSize of lists that Grafana hands out in pages.
const pageSize = 1000

// unplanned lists organisations that the plan does not name.
func (s *run) unplanned(ctx context.Context) error {
	planned := map[string]bool{}
	for _, each := range s.plan.Organisations {
		planned[each.Name] = true
	}
	for page := 1; ; page++ {
		var found []organisation
		if err := s.client.ask(ctx, 0, http.MethodGet, fmt.Sprintf("/api/orgs?perpage=%d&page=%d", pageSize, page), nil, &found); err != nil {
			return s.failed("", "list of organisations", err)
		}
		for _, each := range found {
			if !planned[each.Name] {
				s.outcome.Unplanned = append(s.outcome.Unplanned, Stranger{Organisation: each.Name})
			}
		}
		if len(found) < pageSize {
			return nil
		}
	}
}

// failed keeps a failure and returns nil, or returns the error where nothing else can
// succeed.
func (s *run) failed(organisation, what string, err error) error {
	if fatal(err) {
		return err
	}
	s.outcome.Failures = append(s.outcome.Failures, Failure{organisation, what, err.Error()})
	return nil
}

// place is one organisation of the plan during a run.
type place struct {
	*run
	plan   Organisation
	org    int64 // 0 where it is not there, in a dry run
	absent bool
}

// sync makes the organisation, and in it one thing after the other.
func (p *place) sync(ctx context.Context) error {
	if err := p.organisation(ctx); err != nil {
		return p.failed(p.plan.Name, "organisation", err)
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"app settings", p.app}, {"data source", p.dataSource}, {"folder and dashboards", p.dashboards},
		{"home page", p.home}, {"users", p.users},
	} {
		if err := step.do(ctx); err != nil {
			if err := p.failed(p.plan.Name, step.what, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// get asks for something of the organisation. It is not found where there is none.
func (p *place) get(ctx context.Context, path string, answer any) (found bool, err error) {
	if p.absent {
		return false, nil
	}
	err = p.client.ask(ctx, p.org, http.MethodGet, path, nil, answer)
	if refused(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

// change writes something, but for a dry run, and notes it.
func (p *place) change(ctx context.Context, change Change, method, path string, body, answer any) error {
	change.Organisation = p.plan.Name
	if !p.options.DryRun {
		if err := p.client.ask(ctx, p.org, method, path, body, answer); err != nil {
			return err
		}
	}
	p.outcome.Changes = append(p.outcome.Changes, change)
	return nil
}

func (p *place) note(format string, values ...any) {
	p.outcome.Notes = append(p.outcome.Notes, p.plan.Name+": "+fmt.Sprintf(format, values...))
}

// organisation finds or makes the organisation, and sees that who asks is its Admin:
// otherwise Grafana lets nobody change what is in it.
func (p *place) organisation(ctx context.Context) error {
	var found organisation
	there, err := p.get(ctx, "/api/orgs/name/"+url.PathEscape(p.plan.Name), &found)
	if err != nil {
		return err
	}
	if err := p.held(there, found); err != nil {
		return err
	}
	if there {
		p.org = found.ID
		return p.membership(ctx)
	}
	var created struct {
		OrgID int64 `json:"orgId"`
	}
	if err := p.change(ctx, Change{Verb: made, What: "organisation"}, http.MethodPost, "/api/orgs", map[string]string{"name": p.plan.Name}, &created); err != nil {
		return err
	}
	if p.absent = p.options.DryRun; p.absent {
		return nil
	}
	if p.org = created.OrgID; p.org < 1 {
		return fmt.Errorf("grafana made it and does not say its id: %w", errAnotherOrganisation)
	}
	p.note("its id in Grafana is %d: write id: %[1]d into the plan, and no other gets what is its own by taking its name", p.org)
	return nil
}

// errAnotherOrganisation keeps what is meant for one organisation out of another.
var errAnotherOrganisation = errors.New("nothing was given to it: look at it in Grafana, under Administration > Organizations, then run this again")

// held holds what Grafana found for a name against the plan. Whoever is Admin of an
// organisation can rename it: the id of the plan tells it from one that took its name. An
// id below 1 is none: what is asked without one is asked of another organisation.
func (p *place) held(there bool, found organisation) error {
	switch want := p.plan.ID; {
	case there && (found.ID < 1 || found.Name != p.plan.Name):
		return fmt.Errorf("grafana answers with the organisation %q, id %d: %w", found.Name, found.ID, errAnotherOrganisation)
	case want == 0 || there && found.ID == want:
		return nil
	case there:
		return fmt.Errorf("it has id %d in Grafana, and %d in the plan: another took its name, or the plan is of another Grafana; %w", found.ID, want, errAnotherOrganisation)
	default:
		return fmt.Errorf("none is called so, and the plan says that it has id %d: it was renamed or removed; give it its name again or the plan the new one, or remove id to have another made", want)
	}
}

func (p *place) membership(ctx context.Context) error {
	members, err := p.members(ctx)
	if err != nil {
		return err
	}
	why := "it must be an Admin there to change anything"
	for _, member := range members {
		switch {
		case member.UserID != p.self.ID:
		case member.Role == "Admin":
			return nil
		default:
			return p.change(ctx, Change{Verb: updated, What: "user", Name: p.self.Login, Why: why}, http.MethodPatch,
				fmt.Sprintf("/api/orgs/%d/users/%d", p.org, p.self.ID), map[string]string{"role": "Admin"}, nil)
		}
	}
	p.absent = p.options.DryRun // nothing in it can be read by one who is not in it
	if p.absent {
		p.note("%s is not in this organisation yet: what is in it is only known when that is changed", p.self.Login)
	}
	return p.change(ctx, Change{Verb: added, What: "user", Name: p.self.Login, Why: why}, http.MethodPost,
		fmt.Sprintf("/api/orgs/%d/users", p.org), map[string]string{"loginOrEmail": p.self.Login, "role": "Admin"}, nil)
}

// sentence joins reasons.
func sentence(reasons []string) string { return strings.Join(reasons, ", ") }
