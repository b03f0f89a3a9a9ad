package servicenow

// Config is which receivers of Alertmanager's file keep incidents, and where.
type Config struct {
	// Targets are the instances of ServiceNow, one or more for a receiver.
	Targets []Target `yaml:"targets"`
}

// Target is an instance of ServiceNow.
type Target struct {
	// Receiver by its name in Alertmanager's file.
	Receiver string `yaml:"receiver"`
	// URL of the instance, as https://partner.service-now.com. Plain http is for a loopback address alone.
	URL string `yaml:"url"`
	// User that incidents are written as: it needs to read and write the table.
	User string `yaml:"user"`
	// Password of the user, from !env or !file.
	Password string `yaml:"password"`
	// ClientID asks for OAuth tokens in place of basic authentication: of the grant password where there is a user, else client_credentials.
	ClientID string `yaml:"client_id"`
	// ClientPassword is the secret of the client, from !env or !file.
	ClientPassword string `yaml:"client_password"`
	// CAFile is a file of certificates, PEM, that the instance's is checked against. Default: those of the system.
	CAFile string `yaml:"ca_file"`
	// Table that incidents are in, or one that extends it. Default incident.
	Table string `yaml:"table"`
	// Grades are the impact and urgency of each severity. One of the file stands in place of the default of its severity. Default critical 1 and 1, major 2 and 1, minor 2 and 2, warning 3 and 2.
	Grades map[string]Grade `yaml:"grades"`
	// Fields are set when an incident is made, by their names in the table, such as caller_id or assignment_group; references by their sys_id. Each is a template, such as "{{.Customer}} {{.Labels.site}}".
	Fields map[string]string `yaml:"fields"`
	// ClosedStates are the states of incidents that are not open. Default 6, 7 and 8: resolved, closed and cancelled.
	ClosedStates []string `yaml:"closed_states"`
	// ResolvedState is the state that a recovery sets. Default 6.
	ResolvedState string `yaml:"resolved_state"`
	// CloseCode that a recovery sets: one of the instance's choices. Default Resolved by caller.
	CloseCode string `yaml:"close_code"`
	// CloseNotes that a recovery sets: a template. Default says when the alarm ended.
	CloseNotes string `yaml:"close_notes"`
}

// Grade is how an incident ranks, from which ServiceNow makes its priority.
type Grade struct {
	// Impact from 1, high, to 3, low.
	Impact int `yaml:"impact"`
	// Urgency from 1, high, to 3, low.
	Urgency int `yaml:"urgency"`
}

// severities are those that an alarm may have.
var severities = []string{"critical", "major", "minor", "warning"}

// By ServiceNow's own table these are the priorities 1 to 4.
var usualGrades = map[string]Grade{"critical": {1, 1}, "major": {2, 1}, "minor": {2, 2}, "warning": {3, 2}}

const usualCloseNotes = "The alarm ended{{with .Until}} at {{.}}{{end}}, as mimamori saw."

// DefaultConfig returns the defaults: no target. Those of a target's keys are with them.
func DefaultConfig() Config { return Config{} }

// complete is the target with the defaults in place of what is empty.
func (t Target) complete() Target {
	fill := func(text *string, usual string) {
		if *text == "" {
			*text = usual
		}
	}
	fill(&t.Table, "incident")
	fill(&t.ResolvedState, "6")
	fill(&t.CloseCode, "Resolved by caller")
	fill(&t.CloseNotes, usualCloseNotes)
	if len(t.ClosedStates) == 0 {
		t.ClosedStates = []string{"6", "7", "8"}
	}
	grades := make(map[string]Grade, len(severities))
	for _, severity := range severities {
		grades[severity] = usualGrades[severity]
		if own, given := t.Grades[severity]; given {
			grades[severity] = own
		}
	}
	t.Grades = grades
	return t
}
