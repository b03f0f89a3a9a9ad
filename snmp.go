package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp"
	"mimamori/storage"
	"mimamori/storage/report"
)

type snmpCommand struct {
	Poll snmpPoll `cmd:"" help:"Ask one device for everything its profile polls, and print it."`
	Walk snmpWalk `cmd:"" help:"Print the objects of one device as its agent has them."`

	Replay snmpReplay `cmd:"" help:"Answer as the device did whose walk is in a file: to write a profile far from the device."`
}

// agentFlags say which agent is asked, and with which credentials.
type agentFlags struct {
	Target    string `help:"Host name or IP address of the device, with the agent's port where it is not 161; of IPv6 as [2001:db8::1]:1161." required:"" placeholder:"HOST[:PORT]"`
	Community string `help:"Community of SNMP 1 and 2c." env:"MIMAMORI_SNMP_COMMUNITY" placeholder:"TEXT"`
	Version   string `help:"Version of SNMP: 1, 2c or 3. Default 2c, or 3 with --v3-user." enum:"1,2c,3," default:""`

	userFlags

	Timeout time.Duration `help:"How long a request waits for its answer." default:"2s"`
	Retries int           `help:"How often a request without an answer is repeated." default:"1"`
	JSON    bool          `name:"json" help:"Print JSON."`
}

// userFlags say who a user of SNMP 3 is.
type userFlags struct {
	V3User            string `name:"v3-user" help:"User of SNMP 3." placeholder:"NAME"`
	V3Auth            string `name:"v3-auth" help:"Authentication: MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512." placeholder:"PROTOCOL"`
	V3AuthPassword    string `name:"v3-auth-password" help:"Its password. The environment keeps it out of the list of processes." env:"MIMAMORI_SNMP_AUTH_PASSWORD" placeholder:"TEXT"`
	V3Privacy         string `name:"v3-privacy" help:"Encryption: DES, AES-128, AES-192, AES-256, AES-192-C or AES-256-C (Cisco's key extension)." placeholder:"PROTOCOL"`
	V3PrivacyPassword string `name:"v3-privacy-password" help:"Its password." env:"MIMAMORI_SNMP_PRIVACY_PASSWORD" placeholder:"TEXT"`
	V3Context         string `name:"v3-context" help:"Context that is asked." placeholder:"NAME"`
}

// user returns the user the flags name, nil where they name none.
func (f *userFlags) user() *inventory.SNMPUser {
	if f.V3User == "" {
		return nil
	}
	return &inventory.SNMPUser{
		Name: f.V3User, Auth: f.V3Auth, AuthPassword: f.V3AuthPassword,
		Privacy: f.V3Privacy, PrivacyPassword: f.V3PrivacyPassword, Context: f.V3Context,
	}
}

// device returns the device the flags name. What it refuses is the caller's mistake.
func (f *agentFlags) device(profile string) (inventory.Device, error) {
	host, port, err := splitTarget(f.Target)
	if err != nil {
		return inventory.Device{}, usageError{err}
	}
	agent := &inventory.SNMP{Port: port, Version: f.Version, Community: f.Community, Profile: profile}
	if f.V3User == "" && f.Version == inventory.SNMPv3 {
		return inventory.Device{}, usageError{errors.New("SNMP 3 has users in place of communities: give --v3-user with its protocols and passwords")}
	}
	if f.V3User != "" {
		if f.Community != "" && f.Community != os.Getenv("MIMAMORI_SNMP_COMMUNITY") {
			return inventory.Device{}, usageError{errors.New("--community is of SNMP 1 and 2c, --v3-user of SNMP 3: give one of them")}
		}
		agent.User = f.user()
		agent.Community = "" // of the environment, for devices of other versions
	}
	if agent.User == nil && agent.Community == "" {
		return inventory.Device{}, usageError{errors.New("nothing says with what right the agent is asked: give --community, or --v3-user with its protocols and passwords")}
	}
	if err := flagProblems(agent.Problems("")); err != nil {
		return inventory.Device{}, err
	}
	return inventory.Device{Name: host, Address: host, SNMP: agent.Resolved()}, nil
}

// flagProblems says of which flag each problem of an agent or a user is; nil for none.
func flagProblems(found []error) error {
	var problems []error
	for _, err := range found {
		problem := inventory.Problem{}
		if errors.As(err, &problem) {
			err = fmt.Errorf("%s: %s", agentFlag(problem.Path), strings.Replace(problem.Reason, "add auth:", "add --v3-auth", 1))
		}
		problems = append(problems, err)
	}
	if len(problems) == 0 {
		return nil
	}
	return usageError{errors.Join(problems...)}
}

// agentFlag returns the flag of a key of inventory.SNMP.
func agentFlag(path string) string {
	key := strings.TrimPrefix(path, ".")
	if of, ok := strings.CutPrefix(key, "user."); ok {
		if of == "name" {
			of = "user"
		}
		return "--v3-" + strings.ReplaceAll(of, "_", "-")
	}
	return "--" + key
}

// splitTarget splits host[:port]; an IPv6 address needs brackets only with a port.
func splitTarget(target string) (host string, port uint16, err error) {
	if _, err := netip.ParseAddr(target); err == nil {
		return target, 0, nil
	}
	host, written, err := net.SplitHostPort(target)
	if err != nil {
		host, written = strings.Trim(target, "[]"), ""
	}
	if written != "" {
		number, err := strconv.ParseUint(written, 10, 16)
		if err != nil || number == 0 {
			return "", 0, fmt.Errorf("--target: %q is no port: use 1 to 65535", written)
		}
		port = uint16(number)
	}
	if host == "" || strings.ContainsAny(host, ":/ ") && !isAddress(host) {
		return "", 0, fmt.Errorf("--target: %q names no host: write it as 192.0.2.1, 192.0.2.1:161 or [2001:db8::1]:161", target)
	}
	return host, port, nil
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func (f *agentFlags) config() (snmp.Config, error) {
	config := snmp.AloneConfig()
	config.Timeout, config.Retries = f.Timeout, f.Retries
	if err := config.Validate(); err != nil {
		return config, usageError{err}
	}
	return config, nil
}

// snmpPoll asks a device for what its profile polls.
type snmpPoll struct {
	agentFlags
	Profile  string `help:"Device profile to use in place of the one that fits the device." placeholder:"NAME"`
	Profiles string `help:"Folder with device profiles of your own, beside those that come with the program." type:"existingdir" placeholder:"DIR"`
}

// sensorOut is a sensor's reading as programs see it.
type sensorOut struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Value  *float64 `json:"value"` // null where the device gives a status alone
	Unit   string   `json:"unit"`
	Status string   `json:"status"`
	Source string   `json:"source"`
}

// pollOut is an answer as programs see it.
type pollOut struct {
	snmp.Answer

	Health []sensorOut `json:"health"` // in place of the answer's own
}

// Run prints what the device answers.
func (p *snmpPoll) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	device, err := p.device(p.Profile)
	if err != nil {
		return err
	}
	config, err := p.config()
	if err != nil {
		return err
	}
	config.Profiles = p.Profiles
	if err := config.CheckProfile(p.Profile); err != nil {
		return usageError{err}
	}
	answer, err := snmp.Ask(ctx, config, device, logger)
	if err != nil {
		return fmt.Errorf("poll %s: %w", p.Target, err)
	}
	polled := pollOut{Answer: answer, Health: []sensorOut{}}
	for _, sensor := range answer.Health {
		read := sensorOut{
			Kind: storage.SensorKind(sensor.Kind).String(), Name: sensor.Name, Unit: storage.SensorKind(sensor.Kind).Unit(),
			Status: storage.SensorStatus(sensor.Status).String(), Source: sensor.Source,
		}
		if sensor.Measured {
			read.Value = &sensor.Value
		}
		polled.Health = append(polled.Health, read)
	}
	if p.JSON {
		encoder := json.NewEncoder(output)
		encoder.SetIndent("", "  ")
		return encoder.Encode(polled)
	}
	return polled.print(output)
}

// print writes the answer for people.
func (p *pollOut) print(output io.Writer) error {
	var lines [][]string
	var problems []error
	line := func(cells ...string) { lines = append(lines, cells) }
	section := func() { // its columns follow from its own cells
		problems = append(problems, report.Align(output, append(lines, nil)))
		lines = nil
	}
	line("name", cmp.Or(p.SysName, "-"))
	line("object id", cmp.Or(p.SysObjectID, "-"))
	line("profile", p.Profile)
	if p.UptimeS != nil {
		line("uptime", uptime(*p.UptimeS))
	}
	line("description", cmp.Or(strings.Join(strings.Fields(p.SysDescr), " "), "-"))
	if len(p.Interfaces) > 0 {
		section()
		line("INTERFACE", "ADMIN", "OPER", "MBIT/S", "IN OCTETS", "OUT OCTETS", "IN ERRORS", "OUT ERRORS", "ALIAS")
		for i := range p.Interfaces {
			each := &p.Interfaces[i]
			line(each.Name, each.AdminStatus, each.OperStatus, megabits(each.SpeedBps),
				counted(each.InOctets), counted(each.OutOctets), counted(each.InErrors), counted(each.OutErrors), each.Alias)
		}
	}
	if len(p.Health) > 0 {
		section()
		line("SENSOR", "KIND", "STATUS", "VALUE", "UNIT", "FROM")
		for _, each := range p.Health {
			status, value := each.Status, "-"
			if status == storage.SensorStatus(sample.SensorUnknown).String() {
				status = "-" // the device says none, which is no reason to worry
			}
			if each.Value != nil {
				value = strconv.FormatFloat(*each.Value, 'f', -1, 64)
			}
			line(each.Name, each.Kind, status, value, each.Unit, each.Source)
		}
	}
	p.printOperations(section, line)
	if len(p.Notes) > 0 {
		section()
		for _, note := range p.Notes {
			line("note: " + note)
		}
	}
	return errors.Join(append(problems, report.Align(output, lines))...)
}

// uptime writes seconds as days and a time of day, as an agent's other tools do.
func uptime(seconds float64) string {
	whole := int64(seconds)
	clock := fmt.Sprintf("%d:%02d:%02d", whole/3600%24, whole/60%60, whole%60)
	switch days := whole / 86_400; days {
	case 0:
		return clock
	case 1:
		return "1 day, " + clock
	default:
		return fmt.Sprintf("%d days, %s", days, clock)
	}
}

// megabits writes a speed; an agent says 0 where it does not know.
func megabits(bps uint64) string {
	if bps == 0 {
		return "-"
	}
	return strconv.FormatFloat(float64(bps)/1e6, 'f', -1, 64)
}

func counted(value *uint64) string {
	if value == nil {
		return "-"
	}
	return strconv.FormatUint(*value, 10)
}

// snmpWalk prints the objects of a device.
type snmpWalk struct {
	agentFlags
	Root string `arg:"" optional:"" help:"Numeric OID below which everything is printed. Default mib-2, 1.3.6.1.2.1." default:"1.3.6.1.2.1"`
}

// variableOut is an object as programs see it.
type variableOut struct {
	OID   string `json:"oid"`
	Type  string `json:"type"`
	Value any    `json:"value"`
}

// Run prints an object a line, as snmpwalk -On does.
func (w *snmpWalk) Run(ctx context.Context, output stdout) error {
	device, err := w.device("")
	if err != nil {
		return err
	}
	config, err := w.config()
	if err != nil {
		return err
	}
	if err := snmp.CheckOID(w.Root); err != nil {
		return usageError{err}
	}
	encoder := json.NewEncoder(output)
	found := 0
	err = snmp.Walk(ctx, config, device, w.Root, func(variable snmp.Variable) error {
		found++
		if w.JSON {
			return encoder.Encode(variableOut{variable.OID, variable.Type, variable.Value})
		}
		_, err := fmt.Fprintln(output, variable)
		return err
	})
	if err != nil {
		return fmt.Errorf("walk %s: %w", w.Target, err)
	}
	if found == 0 {
		return fmt.Errorf("walk %s: the agent has nothing at or below %s, or does not show it to this community or user", w.Target, w.Root)
	}
	return nil
}
