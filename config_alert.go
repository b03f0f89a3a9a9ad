package main

import (
	"errors"
	"path/filepath"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/mail"
	"mimamori/processors/alert/notify"
	"mimamori/processors/alert/servicenow"
	"mimamori/processors/alert/snmptrap"
	"mimamori/processors/alert/ticket"
)

// AlertConfig is what is made of what is wrong.
type AlertConfig struct {
	// Raising is what alarms are raised by.
	Raising alert.Config `yaml:",inline"`
	// Telling is who is told of them, and how.
	Telling notify.Config `yaml:",inline"`
	// SNMP is who is told by SNMP notifications.
	SNMP snmptrap.Config `yaml:"snmp"`
	// ServiceNow is which alarms are incidents there.
	ServiceNow servicenow.Config `yaml:"servicenow"`
	// Mail is who gets mail that a ticket system can parse.
	Mail mail.Config `yaml:"mail"`
	// Tickets is when the answers to a ticket are due: plans, desks, escalation.
	Tickets ticket.Config `yaml:"tickets"`
	// Journal is how long tickets are known, and whose mail answers them.
	Journal journal.Config `yaml:"journal"`
}

func defaultAlertConfig() AlertConfig {
	telling := notify.DefaultConfig()
	telling.Data = "" // below that of the file
	return AlertConfig{Raising: alert.DefaultConfig(), Telling: telling, SNMP: snmptrap.DefaultConfig(), ServiceNow: servicenow.DefaultConfig(), Mail: mail.DefaultConfig(), Tickets: ticket.DefaultConfig(), Journal: journal.DefaultConfig()}
}

// place lets paths count from where the configuration file lies.
func (c *AlertConfig) place(data string, fromFolder func(*string)) {
	fromFolder(&c.Telling.File)
	fromFolder(&c.Mail.Brand.Logo)
	for i := range c.ServiceNow.Targets {
		fromFolder(&c.ServiceNow.Targets[i].CAFile)
	}
	for i := range c.Mail.Targets {
		fromFolder(&c.Mail.Targets[i].CAFile)
	}
	if fromFolder(&c.Telling.Data); c.Telling.Data == "" {
		c.Telling.Data = filepath.Join(data, "alert")
	}
}

// validate says what is wrong, with what the configuration of Alertmanager holds.
func (c *AlertConfig) validate() error {
	return errors.Join(c.Raising.Validate(), c.Telling.Validate(), notify.Check(c.Telling.File))
}
