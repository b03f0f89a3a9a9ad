package clickhouse

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// The users of a ClickHouse server, from the most trusted to the least:
//
//   - the administrator, whom this program never is, runs the statements below;
//   - the migrator makes and changes the tables;
//   - the writer adds rows and reads them;
//   - the alerter reads them, and adds to that of alarms;
//   - the reader reads all of them;
//   - an analyst reads the views, of some customers alone (Grants).

// privileges are what each user of the configuration may do in the database. Nobody may
// make users, or reach another database, a file or a server. The writer and the reader may
// delete or change no row; what the writer adds may take the place of another in what is
// read, as every replacing table has it. The migrator can remove rows: DROP TABLE removes a
// table, and ALTER TTL says how long one keeps its rows.
var privileges = map[string][]string{
	"migrator": {
		"SELECT", "INSERT", // views need what they read; the ledger, and rows that a migration carries over
		"CREATE DATABASE", "CREATE TABLE", "CREATE VIEW",
		"ALTER COLUMN", "ALTER INDEX", "ALTER PROJECTION", "ALTER TTL", "ALTER SETTINGS", "ALTER MODIFY COMMENT",
		"DROP VIEW", "DROP TABLE", // to replace a view, which takes both, and for the lock, which is a table
	},
	"writer":  {"SELECT", "INSERT"},
	"alerter": {"SELECT"}, // and INSERT into one table: Privileges
	"reader":  {"SELECT"},
}

// engines are the table engines of the migrations, which a server may want granted.
var engines = []string{"MergeTree", "ReplacingMergeTree"}

// Privileges returns what the writer, the alerter, the reader or the migrator is granted in a
// database, each as it stands in a GRANT.
func Privileges(role, database string) []string {
	all := []string{strings.Join(privileges[role], ", ") + " ON " + database + ".*"}
	if role == "alerter" {
		all = append(all, "INSERT ON "+database+"."+alarmsTable)
	}
	if role == "migrator" {
		for _, engine := range engines {
			all = append(all, "TABLE ENGINE ON "+engine)
		}
	}
	return all
}

// UserStatements returns what an administrator of the server runs once, and again after
// an upgrade, to make the users of the configuration with exactly the privileges that
// they need. The passwords are in it as salted hashes. The user default is the server's
// own and left alone; the error is a Refusal where there is no other.
func (c Config) UserStatements() ([]string, error) {
	if c.Address == "" {
		return nil, refused("storage.clickhouse.address is empty: the embedded engine has one user, and no other")
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	type user struct {
		User
		roles []string
	}
	var users []user
	for _, each := range []struct {
		role string
		Config
	}{{"migrator", c.ForMigrator()}, {"writer", c}, {"alerter", c.ForAlerter()}, {"reader", c.ForReader()}} {
		if each.Username == "default" {
			continue
		}
		if !databaseName.MatchString(each.Username) {
			return nil, refused("%q is not the name of a user: use letters, digits and underscores", each.Username)
		}
		if i := slices.IndexFunc(users, func(u user) bool { return u.Username == each.Username }); i >= 0 {
			users[i].roles = append(users[i].roles, each.role)
			continue
		}
		users = append(users, user{User{each.Username, each.Password}, []string{each.role}})
	}
	if len(users) == 0 {
		return nil, refused("storage.clickhouse names no user but default: set username, reader, alerter and migrator to the names that they shall have")
	}
	var all, names []string
	for _, each := range users {
		identified, err := identified(each.Password)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", each.Username, err)
		}
		settings := ""
		if slices.Equal(each.roles, []string{"reader"}) {
			settings = " SETTINGS readonly = 2"
		}
		var granted []string
		for _, role := range each.roles {
			granted = append(granted, Privileges(role, c.Database)...)
		}
		all = append(all,
			"CREATE USER IF NOT EXISTS "+each.Username+" "+identified+settings,
			"ALTER USER "+each.Username+" "+identified+settings) // where it was there already
		for i, grant := range granted {
			replacing := "" // what it was granted before, while it goes on working
			if i == 0 {
				replacing = " WITH REPLACE OPTION"
			}
			all = append(all, "GRANT "+grant+" TO "+each.Username+replacing)
		}
		names = append(names, each.Username)
	}
	// A server may hide every row of a table with a policy, an analyst's, from all others.
	return append(all, fmt.Sprintf("CREATE ROW POLICY OR REPLACE everything ON %s.* USING 1 TO %s", c.Database, strings.Join(names, ", "))), nil
}

// identified is how a user shows who it is, its password as ClickHouse keeps it.
func identified(password string) (string, error) {
	if password == "" {
		return "", refused("it has no password: give it one in the configuration")
	}
	random := make([]byte, 16)
	rand.Read(random)
	salt := hex.EncodeToString(random)
	hash := sha256.Sum256([]byte(password + salt))
	return fmt.Sprintf("IDENTIFIED WITH sha256_hash BY '%X' SALT '%s'", hash, salt), nil
}

// ChosenPassword stands where the administrator is to write a password. ClickHouse refuses
// it: nobody gets a user whose password is known.
const ChosenPassword = "<PASSWORD>"

// nobodys are the tables without a customer that a data source of Grafana reads with an
// analyst's user too: which migrations were made, the public keys of scope tokens, and how
// far each partition is read.
var nobodys = []string{"schema_migrations", "scope_keys", "streams_read"}

// partners is the table that no user of some customers alone reads.
const partners = "runbooks"

// partnersColumns are the columns of a table that no such user reads: who sees to an alarm and why, and how many devices
// of others it affects.
var partnersColumns = map[string][]string{alarmsTable: {"devices", "owner", "reason", "acknowledged_by"}}

// Grants returns the statements that let a user of a ClickHouse server read the views
// and nothing else, and of the tables below them the rows of the scope alone; runbooks where that is every
// customer. A table
// that a later version adds is not granted until they are run again. The first of them
// cannot be run before a password, a text in quotes, stands in the place of ChosenPassword.
func (s *Store) Grants(ctx context.Context, user string, scope storage.Scope) ([]string, error) {
	if !databaseName.MatchString(user) {
		return nil, refused("%q is not the name of a user: use letters, digits and underscores", user)
	}
	if !scope.All() && len(scope.Customers()) == 0 {
		return nil, storage.ErrNoScope
	}
	schema, err := s.schema(ctx)
	if err != nil {
		return nil, err
	}
	readable, err := s.readable(ctx, scope)
	if err != nil {
		return nil, err
	}
	all := []string{
		"CREATE USER IF NOT EXISTS " + user + " IDENTIFIED WITH sha256_password BY " + ChosenPassword + " SETTINGS readonly = 2, max_execution_time = " + strconv.Itoa(int(s.config.QueryTimeout.Seconds())),
	}
	for _, view := range schema.views {
		all = append(all, fmt.Sprintf("GRANT SELECT ON %s.%s TO %s", s.config.Database, view, user))
	}
	for _, table := range schema.owned {
		if table == partners && !scope.All() {
			continue
		}
		all = append(all,
			fmt.Sprintf("CREATE ROW POLICY OR REPLACE %[1]s ON %[2]s.%[3]s USING %[4]s TO %[1]s", user, s.config.Database, table, inScope(scope)),
			fmt.Sprintf("GRANT SELECT%s ON %s.%s TO %s", readable[table], s.config.Database, table, user))
	}
	for _, table := range nobodys {
		all = append(all, fmt.Sprintf("GRANT SELECT ON %s.%s TO %s", s.config.Database, table, user))
	}
	return all, nil
}

// readable are the lists of columns that a user may read of tables with partnersColumns, as they stand in a GRANT;
// none where the scope is every customer.
func (s *Store) readable(ctx context.Context, scope storage.Scope) (map[string]string, error) {
	all := map[string]string{}
	if scope.All() {
		return all, nil
	}
	for table, hidden := range partnersColumns {
		var names []string
		var name string
		err := s.query(ctx, "schema_columns", "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position",
			[]any{clickhouse.Named("table", table)}, []any{&name}, func() {
				if !slices.Contains(hidden, name) {
					names = append(names, name)
				}
			})
		if err != nil {
			return nil, err
		}
		all[table] = "(" + strings.Join(names, ", ") + ")"
	}
	return all, nil
}
