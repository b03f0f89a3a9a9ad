package provision

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"mimamori/grafana/provisioning/dashboards"
)

// Plan is what a Grafana is to be: the partner's organisation and one for each customer.
type Plan struct {
	// Key is the file of the private key of scope tokens; mimamori grafana key makes it.
	// A relative path counts from the plan.
	Key string `yaml:"key"`
	// TokenLife is how long a scope token counts; it is renewed when half of that is left.
	// From 24h to 87840h. Default 8760h.
	TokenLife time.Duration `yaml:"token_life"`
	// Folder is the title of the folder of the dashboards; that of the Japanese ones ends with 日本語. Default mimamori.
	Folder string `yaml:"folder"`
	// Languages of the dashboards, where an organisation does not say otherwise: en, ja. Default both.
	Languages []string `yaml:"languages"`
	// DataSource is how Grafana reaches the store, where an organisation does not say
	// otherwise.
	DataSource DataSource `yaml:"data_source"`
	// Organisations are those of Grafana that the plan is about. Others are left alone.
	Organisations []Organisation `yaml:"organisations"`
}

// DataSource is a way to the store.
type DataSource struct {
	// Address of ClickHouse as Grafana reaches it: host:9000, http://host:8123 or
	// https://host:8443.
	Address string `yaml:"address"`
	// Database of mimamori. Default mimamori.
	Database string `yaml:"database"`
	// Username of one who reads. Default default.
	Username string `yaml:"username"`
	// Password of that user, from !env or !file. Empty for none.
	Password string `yaml:"password"`
	// TLS encrypts the native protocol; https:// says it for HTTP.
	TLS bool `yaml:"tls"`
	// Alarms is the address of the role that raises alarms as Grafana reaches it: http://host:9464 or https://host.
	// Empty for none: then what was raised is shown, and nothing is acknowledged or silenced.
	Alarms string `yaml:"alarms"`
}

// over returns the data source with what another says put over it.
func (d DataSource) over(base DataSource) DataSource {
	if d.Address == "" {
		d.Address, d.TLS = base.Address, base.TLS
	}
	if d.Database == "" {
		d.Database = base.Database
	}
	if d.Username == "" {
		d.Username, d.Password = base.Username, base.Password
	}
	if d.Alarms == "" {
		d.Alarms = base.Alarms
	}
	return d
}

// The views of the app.
const (
	ViewPartner  = "partner"  // every page
	ViewCustomer = "customer" // what a customer is to see of itself
)

// Organisation is one of Grafana.
type Organisation struct {
	// Name of the organisation, by which it is known: another name is another one.
	Name string `yaml:"name"`
	// ID of the organisation in Grafana. With it an organisation of that name and another
	// id is given nothing, and none is made. Default 0: known by its name alone.
	ID int64 `yaml:"id"`
	// All lets it see every customer, those of tomorrow too: the partner's own.
	All bool `yaml:"all"`
	// Customers it sees, where not all.
	Customers []string `yaml:"customers"`
	// View of the app: partner or customer. Default partner with all, else customer.
	View string `yaml:"view"`
	// Brand it sees. Without one the brand is left as it was set on the app's page.
	Brand *Brand `yaml:"brand"`
	// DataSource is its own way to the store: what is empty is that of the plan. A user
	// of its own, whom the store shows its rows alone, is a second lock.
	DataSource DataSource `yaml:"data_source"`
	// Languages of its dashboards. Default those of the plan.
	Languages []string `yaml:"languages"`
	// Dashboards it gets, by their uid, in whatever language. Default all of its languages with view
	// partner, and with view customer all but that of the pipeline.
	Dashboards []string `yaml:"dashboards"`
	// Home is the uid of the dashboard that it begins with, whatever home_page in
	// Grafana's own settings says. Empty leaves that alone.
	Home string `yaml:"home"`
	// Users of it. Others are left alone.
	Users []User `yaml:"users"`
}

// view returns the view, the default filled in.
func (o Organisation) view() string {
	switch {
	case o.View != "":
		return o.View
	case o.All:
		return ViewPartner
	}
	return ViewCustomer
}

// Brand is how the app presents itself in an organisation.
type Brand struct {
	// Name in the header. Empty for the product's own.
	Name string `yaml:"name" json:"name"`
	// Logo is a data: URL of an image or an https: address.
	Logo string `yaml:"logo" json:"logo"`
	// AccentLight is the colour on light ground, #rrggbb.
	AccentLight string `yaml:"accent_light" json:"accentLight"`
	// AccentDark is the colour on dark ground, #rrggbb.
	AccentDark string `yaml:"accent_dark" json:"accentDark"`
	// Footer below every page.
	Footer string `yaml:"footer" json:"footer"`
	// SupportURL is the https: or mailto: address of who helps.
	SupportURL string `yaml:"support_url" json:"supportUrl"`
}

// User is a person in an organisation.
type User struct {
	// Login, where not the e-mail address.
	Login string `yaml:"login"`
	// Email address.
	Email string `yaml:"email"`
	// Name as it is shown.
	Name string `yaml:"name"`
	// Role in the organisation: Viewer, Editor or Admin. Default Viewer.
	Role string `yaml:"role"`
	// Password that the user begins with, from !env or !file. One who is there keeps
	// his own.
	Password string `yaml:"password"`
	// Invite sends the e-mail address an invitation in place of a password.
	Invite bool `yaml:"invite"`
}

// known returns the name by which Grafana finds the user.
func (u User) known() string {
	if u.Login != "" {
		return u.Login
	}
	return u.Email
}

// is says whether a login and an e-mail address of Grafana are the user's. Grafana does
// not tell upper case from lower.
func (u User) is(login, email string) bool {
	return u.Login != "" && strings.EqualFold(u.Login, login) || u.Email != "" && strings.EqualFold(u.Email, email)
}

func (u User) role() string {
	if u.Role == "" {
		return "Viewer"
	}
	return u.Role
}

// DefaultPlan returns a plan of nothing.
func DefaultPlan() Plan {
	return Plan{TokenLife: 8760 * time.Hour, Folder: "mimamori"}
}

// Problem is one thing wrong with a plan.
type Problem struct {
	Path   string // where, as a YAML path from the root: $.organisations[0].name
	Reason string
}

// Error says what is wrong.
func (p Problem) Error() string { return p.Reason }

// Validate says what is wrong with the plan: joined Problems.
func (p Plan) Validate() error {
	var found problems
	if p.Key == "" {
		found.add("$.key", "key is empty: name the file of the private key, which mimamori grafana key --out FILE makes")
	}
	if p.TokenLife < 24*time.Hour || p.TokenLife > LongestLife {
		found.add("$.token_life", "token_life is %s: use 24h to %s", p.TokenLife, LongestLife)
	}
	if strings.TrimSpace(p.Folder) == "" {
		found.add("$.folder", "folder is empty: give the folder of the dashboards a title")
	}
	judgeLanguages(&found, "$.languages", p.Languages)
	if len(p.Organisations) == 0 {
		found.add("$.organisations", "organisations is empty: name that of the partner and one for each customer")
	}
	seen := map[string]bool{}
	for i, organisation := range p.Organisations {
		at := fmt.Sprintf("$.organisations[%d]", i)
		// Not every database under Grafana tells upper case from lower.
		name := strings.ToLower(organisation.Name)
		if seen[name] {
			found.add(at+".name", "name: %q is there twice: an organisation stands in the plan once", organisation.Name)
		}
		seen[name] = true
		p.judge(&found, at, organisation)
	}
	return errors.Join(found...)
}

type problems []error

func (p *problems) add(path, format string, values ...any) {
	*p = append(*p, Problem{path, fmt.Sprintf(format, values...)})
}

func (p Plan) judge(found *problems, at string, organisation Organisation) {
	switch {
	case strings.TrimSpace(organisation.Name) == "":
		found.add(at, "an organisation without a name: give it one")
	case strings.TrimSpace(organisation.Name) != organisation.Name || strings.Contains(organisation.Name, "/"):
		found.add(at+".name", "name: %q cannot be asked for: use one without blanks at its ends and without /", organisation.Name)
	}
	if organisation.ID < 0 {
		found.add(at+".id", "id is %d: organisations of Grafana have numbers from 1 on", organisation.ID)
	}
	switch {
	case organisation.All && len(organisation.Customers) > 0:
		found.add(at+".customers", "customers: it sees all of them already: remove all or customers")
	case !organisation.All && len(organisation.Customers) == 0:
		found.add(at, "%s sees nobody: name its customers, or write all: true", organisation.Name)
	case slices.Contains(organisation.Customers, ""):
		found.add(at+".customers", "customers: one has no name: remove it")
	}
	switch organisation.view() {
	case ViewPartner:
	case ViewCustomer:
		if organisation.All {
			found.add(at+".view", "view: a customer's organisation would see every customer: name its own in customers")
		}
	default:
		found.add(at+".view", "view is %q: use partner or customer", organisation.View)
	}
	if organisation.DataSource.over(p.DataSource).Address == "" {
		found.add(at, "%s has no way to the store: give data_source.address of the plan, such as clickhouse:9000", organisation.Name)
	}
	if brand := organisation.Brand; brand != nil {
		brand.judge(found, at+".brand")
	}
	p.judgeDashboards(found, at, organisation)
	for i, user := range organisation.Users {
		user.judge(found, fmt.Sprintf("%s.users[%d]", at, i), organisation.Users[:i])
	}
}

func (p Plan) judgeDashboards(found *problems, at string, organisation Organisation) {
	all := dashboardFiles()
	there := func(uid string) bool {
		return slices.ContainsFunc(all, func(each dashboard) bool { return each.uid == uid })
	}
	judgeLanguages(found, at+".languages", organisation.Languages)
	for _, uid := range organisation.Dashboards {
		if !there(uid) {
			found.add(at+".dashboards", "dashboards: there is none called %q: use %s", uid, uids(all))
		}
	}
	if home := organisation.Home; home != "" && !slices.Contains(uidsOf(p.dashboards(organisation)), home) {
		found.add(at+".home", "home: %q is none of the organisation's dashboards: use one of %s", home, uids(p.dashboards(organisation)))
	}
}

// judgeLanguages judges languages of dashboards; none at all is the default.
func judgeLanguages(found *problems, at string, languages []string) {
	for _, language := range languages {
		if !slices.Contains(dashboards.Languages, language) {
			found.add(at, "languages: there are no dashboards in %q: use %s", language, strings.Join(dashboards.Languages, ", "))
		}
	}
}

// What the app's pages show of a brand; the rest of it they leave out.
var (
	colour  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	image   = regexp.MustCompile(`^(?i)data:image/(png|jpeg|gif|webp|svg\+xml)[;,]`)
	mailbox = regexp.MustCompile(`^(?i)mailto:\S+$`)
)

// longestLogo is that of 100 KiB in base64, in bytes.
const longestLogo = 140_000

func (b Brand) judge(found *problems, at string) {
	for key, value := range map[string]string{"accent_light": b.AccentLight, "accent_dark": b.AccentDark} {
		if value != "" && !colour.MatchString(value) {
			found.add(at+"."+key, "%s is %q: write a colour as \"#1f6f6b\", in quotes", key, value)
		}
	}
	switch {
	case b.Logo != "" && !image.MatchString(b.Logo) && !address(b.Logo, "https"):
		found.add(at+".logo", "logo is no data: URL of a PNG, JPEG, GIF, WebP or SVG image and no https: address")
	case len(b.Logo) > longestLogo:
		found.add(at+".logo", "logo has %d bytes, and comes along with every page: use an image of 100 KiB at most, or its https: address", len(b.Logo))
	}
	if b.SupportURL != "" && !mailbox.MatchString(b.SupportURL) && !address(b.SupportURL, "https") {
		found.add(at+".support_url", "support_url is %q: write an https: or a mailto: address", b.SupportURL)
	}
}

func address(text, scheme string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme == scheme && parsed.Host != "" && !strings.ContainsFunc(text, unicode.IsSpace)
}

func (u User) judge(found *problems, at string, before []User) {
	if u.known() == "" {
		found.add(at, "a user without login and email: give one of them")
		return
	}
	if slices.ContainsFunc(before, func(other User) bool { return other.is(u.Login, u.Email) }) {
		found.add(at, "%s is there twice in this organisation: remove one", u.known())
	}
	if parsed, err := mail.ParseAddress(u.Email); u.Email != "" && (err != nil || parsed.Address != u.Email) {
		found.add(at+".email", "email: %q is no e-mail address", u.Email)
	}
	if !slices.Contains([]string{"Viewer", "Editor", "Admin"}, u.role()) {
		found.add(at+".role", "role is %q: use Viewer, Editor or Admin", u.Role)
	}
	switch {
	case u.Invite && u.Email == "":
		found.add(at+".invite", "invite: %s has no email to send an invitation to", u.known())
	case u.Invite && u.Password != "":
		found.add(at+".invite", "invite: who is invited chooses a password: remove password or invite")
	}
}

// Doubts are what can be done and that one may not want, by organisation.
func (p Plan) Doubts() []Problem {
	var doubts []Problem
	for i, organisation := range p.Organisations {
		for j, user := range organisation.Users {
			if organisation.view() == ViewCustomer && user.role() == "Admin" {
				doubts = append(doubts, Problem{fmt.Sprintf("$.organisations[%d].users[%d].role", i, j),
					fmt.Sprintf("role: as an Admin %s may change the address of the data source, and have the store's password sent there: Viewer or Editor is enough", user.known())})
			}
		}
	}
	return doubts
}
