package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mimamori/grafana/provision"
	"mimamori/ingest/inventory"
	"mimamori/ingest/signature"
	"mimamori/storage/clickhouse"
	"mimamori/storage/scope"
)

// grafanaPassword is the environment variable with the password of Grafana's
// administrator. A flag would show it to everybody who lists processes.
const grafanaPassword = "GRAFANA_ADMIN_PASSWORD"

// grafanaSyncCommand holds a plan against a Grafana.
type grafanaSyncCommand struct {
	Grafana      string `help:"Address of Grafana (default ${default})." default:"http://127.0.0.1:3000" placeholder:"URL"`
	Plan         string `help:"What Grafana is to be; docs/grafana.md describes it." required:"" type:"existingfile" placeholder:"FILE"`
	Config       string `help:"Configuration file of the installation: the key is made known to its store, and customers must be in it." type:"existingfile" placeholder:"FILE"`
	Admin        string `help:"Login of an administrator of the Grafana server (default ${default})." default:"admin" placeholder:"NAME"`
	PasswordFile string `help:"File with that one's password. Default: the environment variable GRAFANA_ADMIN_PASSWORD." type:"existingfile" placeholder:"FILE"`
	DryRun       bool   `help:"Say what would be done, and do nothing."`
	JSON         bool   `name:"json" help:"Print what was done as JSON."`
}

// Run makes Grafana what the plan says and prints what it did.
func (c *grafanaSyncCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	plan, err := readPlan(c.Plan)
	if err != nil {
		return usageError{err}
	}
	for _, doubt := range plan.doubts {
		logger.Warn(doubt.Error())
	}
	client, err := c.client(logger)
	if err != nil {
		return usageError{err}
	}
	private, err := scopeKey(plan.Key)
	if err != nil {
		return usageError{err}
	}
	outcome := provision.NewOutcome(c.DryRun)
	if err := c.enter(ctx, logger, plan, private, &outcome); err != nil {
		return err
	}
	options := provision.Options{Key: private, Now: time.Now(), DryRun: c.DryRun}
	ended := provision.Sync(ctx, client, plan.Plan, options, &outcome)
	if c.JSON {
		err = json.NewEncoder(output).Encode(outcome)
	} else if ended == nil || len(outcome.Changes) > 0 {
		err = outcome.Write(output)
	}
	return errors.Join(err, unfinishedSync(outcome, ended, c.DryRun))
}

// unfinishedSync is nil where all was done that the plan asks for.
func unfinishedSync(outcome provision.Outcome, ended error, dryRun bool) error {
	var problems []error
	for _, failure := range outcome.Failures {
		of := failure.What
		if failure.Organisation != "" {
			of = failure.Organisation + ": " + of
		}
		problems = append(problems, fmt.Errorf("%s: %s", of, failure.Reason))
	}
	if ended != nil {
		problems = append(problems, ended)
	}
	if len(problems) == 0 {
		return nil
	}
	if dryRun {
		return fmt.Errorf("what is to be done is not known; run this again when it is mended, nothing was done:\n%w", errors.Join(problems...))
	}
	return fmt.Errorf("grafana is not yet as the plan says; run this again when it is mended, what is done stays done:\n%w", errors.Join(problems...))
}

// client returns Grafana's client with the password from where it may stand.
func (c *grafanaSyncCommand) client(logger *slog.Logger) (*provision.Client, error) {
	password, err := variable(grafanaPassword)
	if c.PasswordFile != "" {
		file := &document{path: "."}
		if password, err = file.read(c.PasswordFile, 0); err == nil {
			for _, warning := range file.warnings {
				logger.Warn(warning.reason)
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the password of %s in Grafana: %w; or name a file with --password-file", c.Admin, err)
	}
	client, err := provision.NewClient(c.Grafana, c.Admin, password)
	if err != nil {
		return nil, fmt.Errorf("--grafana and --admin: %w", err)
	}
	if address, err := url.Parse(c.Grafana); err == nil && address.Scheme == "http" && !loopback(net.JoinHostPort(address.Hostname(), "0")) {
		logger.Warn("Grafana is asked without TLS beyond this machine: passwords and tokens travel in the clear", "grafana", c.Grafana)
	}
	return client, nil
}

// enter makes the key known to the store of the configuration, if one is named.
func (c *grafanaSyncCommand) enter(ctx context.Context, logger *slog.Logger, plan sitePlan, private ed25519.PrivateKey, outcome *provision.Outcome) error {
	public := signature.PublicOf(private)
	if c.Config == "" {
		outcome.Notes = append(outcome.Notes, "without --config no store was told of the key "+scope.KeyID(public)+": data sources show nothing until it knows it")
		return nil
	}
	flags := storeFlags{Config: c.Config}
	config, err := configFlag(flags).load()
	if err != nil {
		return err
	}
	var unknown []error
	for i, organisation := range plan.Organisations {
		for j, customer := range organisation.Customers {
			if known(config.Ingest.Inventory, customer, "", "") != nil {
				unknown = append(unknown, provision.Problem{Path: fmt.Sprintf("$.organisations[%d].customers[%d]", i, j),
					Reason: fmt.Sprintf("customers: there is no customer %q in %s", customer, c.Config)})
			}
		}
	}
	if len(unknown) > 0 {
		return usageError{plan.locate(errors.Join(unknown...))}
	}
	return flags.changeStore(ctx, logger, func(store *clickhouse.Store) error {
		entered, err := enterScopeKey(ctx, store, public, c.DryRun)
		if entered {
			outcome.Entered(scope.KeyID(public))
		}
		return err
	})
}

// grafanaCheckCommand says what is wrong with a plan.
type grafanaCheckCommand struct {
	Plan string `help:"The plan." required:"" type:"existingfile" placeholder:"FILE"`
}

// Run reads the plan and says what it found in it.
func (c *grafanaCheckCommand) Run(output stdout) error {
	plan, err := readPlan(c.Plan)
	if err != nil {
		return usageError{err}
	}
	for _, doubt := range plan.doubts {
		if _, err := fmt.Fprintln(output, doubt); err != nil {
			return err
		}
	}
	users := 0
	for _, organisation := range plan.Organisations {
		users += len(organisation.Users)
	}
	_, err = fmt.Fprintf(output, "%s is right: organisations %d, users %d\n", c.Plan, len(plan.Organisations), users)
	return err
}

// sitePlan is a plan with the file that it was read from.
type sitePlan struct {
	provision.Plan
	file   *document
	doubts []problem // what can be done and that one may not want
}

// readPlan reads a plan. The error joins all problems found, each with its line.
func readPlan(path string) (sitePlan, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return sitePlan{}, fmt.Errorf("read the plan: %w", err)
	}
	plan := sitePlan{Plan: provision.DefaultPlan()}
	if plan.file, err = decodeFile(path, source, "examples/compose/grafana-plan.yaml", &plan.Plan); err != nil {
		if found := (problem{}); errors.As(err, &found) {
			found.reason = strings.Replace(found.reason, "docs/configuration.md", "docs/grafana.md", 1)
			return sitePlan{}, found
		}
		return sitePlan{}, err
	}
	if err := plan.locate(errors.Join(plan.Validate(), plan.secretsElsewhere())); err != nil {
		return sitePlan{}, err
	}
	plan.doubts = slices.Clone(plan.file.warnings)
	for _, doubt := range plan.Doubts() {
		plan.doubts = append(plan.doubts, locate(path, plan.file.File, "$", inventory.Problem(doubt)))
	}
	if !filepath.IsAbs(plan.Key) {
		plan.Key = filepath.Join(filepath.Dir(path), plan.Key)
	}
	return plan, nil
}

// locate finds the lines of problems of the plan.
func (p sitePlan) locate(err error) error {
	var all []error
	for _, each := range parts(err) {
		found := provision.Problem{}
		if errors.As(each, &found) {
			each = inventory.Problem(found)
		}
		all = append(all, each)
	}
	return errors.Join(locateAll(p.file.path, p.file, []roomErrors{{"$", errors.Join(all...)}})...)
}

// secretsElsewhere refuses passwords that stand in the plan itself.
func (p sitePlan) secretsElsewhere() error {
	var problems []error
	judge := func(path, password string) {
		from := func(each fetched) bool { return each.value == password }
		if password != "" && !slices.ContainsFunc(p.file.fetched, from) {
			problems = append(problems, provision.Problem{Path: path, Reason: "password stands in the plan: write " +
				fromEnvironment + " NAME or " + fromFile + " PATH"})
		}
	}
	judge("$.data_source.password", p.DataSource.Password)
	for i, organisation := range p.Organisations {
		judge(fmt.Sprintf("$.organisations[%d].data_source.password", i), organisation.DataSource.Password)
		for j, user := range organisation.Users {
			judge(fmt.Sprintf("$.organisations[%d].users[%d].password", i, j), user.Password)
		}
	}
	return errors.Join(problems...)
}
