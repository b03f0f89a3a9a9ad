package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// member is as much as is needed of GET /api/orgs/ID/users.
type member struct {
	UserID int64  `json:"userId"`
	Login  string `json:"login"`
	Email  string `json:"email"`
	Role   string `json:"role"`
}

// invitation is as much as is needed of GET /api/org/invites.
type invitation struct {
	Email     string `json:"email"`
	EmailSent bool   `json:"emailSent"`
}

func (p *place) members(ctx context.Context) ([]member, error) {
	var members []member
	_, err := p.get(ctx, fmt.Sprintf("/api/orgs/%d/users", p.org), &members)
	return members, err
}

// users lets the people of the plan in, each with its role, and lists those who are not
// in it. What fails for one does not keep the others out.
func (p *place) users(ctx context.Context) error {
	members, err := p.members(ctx)
	if err != nil {
		return err
	}
	for _, user := range p.plan.Users {
		if err := p.user(ctx, user, members); err != nil {
			if err := p.failed(p.plan.Name, "user "+user.known(), err); err != nil {
				return err
			}
		}
	}
	for _, there := range members {
		planned := slices.ContainsFunc(p.plan.Users, func(user User) bool { return user.is(there.Login, there.Email) })
		if !planned && there.UserID != p.self.ID {
			p.outcome.Unplanned = append(p.outcome.Unplanned, Stranger{Organisation: p.plan.Name, User: there.Login})
		}
	}
	return nil
}

func (p *place) user(ctx context.Context, user User, members []member) error {
	if at := slices.IndexFunc(members, func(there member) bool { return user.is(there.Login, there.Email) }); at >= 0 {
		there := members[at]
		if there.Role == user.role() || there.UserID == p.self.ID {
			return nil
		}
		return p.change(ctx, Change{Verb: updated, What: "user", Name: user.known(), Why: user.role() + " in place of " + there.Role},
			http.MethodPatch, fmt.Sprintf("/api/orgs/%d/users/%d", p.org, there.UserID), map[string]string{"role": user.role()}, nil)
	}
	there, err := p.named(ctx, user)
	switch {
	case err != nil:
		return err
	case there != "":
		return p.join(ctx, user, there, Change{Verb: added, What: "user", Name: user.known(), Why: user.role()})
	case user.Invite:
		return p.invite(ctx, user)
	case user.Password == "":
		return fmt.Errorf("nobody of that name is in Grafana: give a password from !env or !file, write invite: true, or let %s log in once", user.known())
	}
	return p.create(ctx, user)
}

// named returns the login or e-mail address of the user that Grafana knows, empty where it
// knows neither.
func (p *place) named(ctx context.Context, user User) (string, error) {
	if slices.ContainsFunc(p.created, func(other User) bool {
		return other.is(user.known(), user.Email) || user.is(other.known(), other.Email)
	}) {
		return user.known(), nil
	}
	for _, name := range []string{user.Login, user.Email} {
		if name == "" {
			continue
		}
		err := p.client.ask(ctx, 0, http.MethodGet, "/api/users/lookup?loginOrEmail="+url.QueryEscape(name), nil, nil)
		switch {
		case err == nil:
			return name, nil
		case !refused(err, http.StatusNotFound):
			return "", err
		}
	}
	return "", nil
}

// create makes a user and lets it in. Grafana may have put it into the organisation
// already, with a role of its own choice.
func (p *place) create(ctx context.Context, user User) error {
	body := map[string]any{"login": user.known(), "email": user.Email, "name": user.Name, "password": user.Password, "orgId": p.org}
	if err := p.change(ctx, Change{Verb: made, What: "user", Name: user.known(), Why: user.role()}, http.MethodPost, "/api/admin/users", body, nil); err != nil {
		return withoutPassword(err, user.Password)
	}
	if p.options.DryRun {
		p.created = append(p.created, user)
		return nil
	}
	return p.join(ctx, user, user.known(), Change{})
}

// withoutPassword keeps a password out of what Grafana says about it.
func withoutPassword(err error, password string) error {
	var refusal Refusal
	if errors.As(err, &refusal) && password != "" {
		refusal.Message = strings.ReplaceAll(refusal.Message, password, "(password)")
		return refusal
	}
	return err
}

// join adds a user, by the name that Grafana knows, to the organisation with its role, and
// notes the change where that is one of its own.
func (p *place) join(ctx context.Context, user User, name string, change Change) error {
	if p.options.DryRun {
		return p.change(ctx, change, "", "", nil, nil)
	}
	err := p.client.ask(ctx, p.org, http.MethodPost, fmt.Sprintf("/api/orgs/%d/users", p.org),
		map[string]string{"loginOrEmail": name, "role": user.role()}, nil)
	if refused(err, http.StatusConflict) { // in it already
		err = p.promote(ctx, user)
	}
	if err != nil || change.Verb == "" {
		return err
	}
	change.Organisation = p.plan.Name
	p.outcome.Changes = append(p.outcome.Changes, change)
	return nil
}

// promote gives a member its role.
func (p *place) promote(ctx context.Context, user User) error {
	members, err := p.members(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(members, func(there member) bool { return user.is(there.Login, there.Email) })
	if at < 0 {
		return errors.New("grafana says that the user is in this organisation and does not list it: run this again")
	}
	if members[at].Role == user.role() {
		return nil
	}
	return p.client.ask(ctx, p.org, http.MethodPatch, fmt.Sprintf("/api/orgs/%d/users/%d", p.org, members[at].UserID), map[string]string{"role": user.role()}, nil)
}

// invite sends an invitation, where none is under way. Grafana keeps it also where it
// cannot send the mail.
func (p *place) invite(ctx context.Context, user User) error {
	var pending []invitation
	if _, err := p.get(ctx, "/api/org/invites", &pending); err != nil {
		return err
	}
	if at := slices.IndexFunc(pending, func(each invitation) bool { return strings.EqualFold(each.Email, user.Email) }); at >= 0 {
		if !pending[at].EmailSent {
			p.note("the invitation of %s was not sent by mail: hand on its link, in Administration > Users > Organization users > Pending invites", user.Email)
		}
		return nil
	}
	change := Change{Verb: invited, What: "user", Name: user.Email, Why: user.role()}
	body := map[string]any{"loginOrEmail": user.Email, "name": user.Name, "role": user.role(), "sendEmail": true}
	err := p.change(ctx, change, http.MethodPost, "/api/org/invites", body, nil)
	var refusal Refusal
	if errors.As(err, &refusal) && refusal.Status == http.StatusPreconditionFailed {
		// Not the refusal's own words: what to do about a precondition elsewhere is another thing.
		return fmt.Errorf("grafana cannot send mail (%s): set up [smtp] in Grafana, or hand on the link that it made, in Administration > Users > Organization users > Pending invites", refusal.Message)
	}
	return err
}
