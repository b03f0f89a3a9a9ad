package datasource

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage/clickhouse"
)

// Settings are what a data source is set to: in jsonData what anybody who may see it
// reads, in secureJsonData what only this program reads. The scope token is not among
// them: the guard takes it from each request.
type Settings struct {
	// Address of ClickHouse: host:9000 for its native protocol, http://host:8123 or
	// https://host:8443 for HTTP.
	Address string `json:"address"`
	// Database of mimamori. Default mimamori.
	Database string `json:"database"`
	// Username of one who reads. Default default.
	Username string `json:"username"`
	// TLS encrypts the native protocol; https:// says it for HTTP.
	TLS bool `json:"tls"`
	// Alarms is the address of the role that raises alarms: http://host:9464 or https://host. Empty for none: then
	// only what was raised is shown, from the store.
	Alarms string `json:"alarms"`
	// TLSServerName is the name in the server's certificate. Default: the host of Address.
	TLSServerName string `json:"tlsServerName"`

	// Password of the user.
	Password string `json:"-"`
	// CACertificate has the roots of the server's certificate, PEM. Default: those that
	// the operating system trusts.
	CACertificate string `json:"-"`
	// ClientCertificate and ClientKey are shown to a server that asks for them, PEM.
	ClientCertificate string `json:"-"`
	ClientKey         string `json:"-"`
}

// readSettings reads the settings of a data source. The error names the setting and says
// what to write.
func readSettings(from backend.DataSourceInstanceSettings) (Settings, error) {
	settings := Settings{Database: "mimamori", Username: "default"}
	if len(from.JSONData) > 0 {
		if err := json.Unmarshal(from.JSONData, &settings); err != nil {
			return settings, fmt.Errorf("the settings of the data source are not those of this plugin: save it again on its page (%w)", err)
		}
	}
	if settings.Database == "" {
		settings.Database = "mimamori"
	}
	if settings.Username == "" {
		settings.Username = "default"
	}
	secret := from.DecryptedSecureJSONData
	settings.Password = secret["password"]
	settings.CACertificate = secret["tlsCACert"]
	settings.ClientCertificate, settings.ClientKey = secret["tlsClientCert"], secret["tlsClientKey"]
	_, err := settings.store()
	if err == nil {
		settings.Alarms, err = alarmsAddress(settings.Alarms)
	}
	return settings, err
}

// alarmsAddress reads the address of the role that raises alarms.
func alarmsAddress(text string) (string, error) {
	if text = strings.TrimSpace(text); text == "" {
		return "", nil
	}
	parsed, err := url.Parse(text)
	if err == nil && parsed.User != nil { // which is not to be told to whoever asks
		return "", errors.New("the address of the alarms holds a user or a password: leave them out, the scope token is shown")
	}
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", fmt.Errorf("the address of the alarms %q is not one: write http://host:9464 or https://host, without anything behind it", text)
	}
	return strings.TrimRight(text, "/"), nil
}

// How the store is asked: no more at once than so many questions for each data source,
// whatever a dashboard asks for, and none longer than this.
const (
	connections  = 8
	dialTimeout  = 5 * time.Second
	queryTimeout = 30 * time.Second
	// mostRead is how many rows of the store one question takes into memory, which all
	// organisations share: what picks the best of all, or rows of one kind, reads them all.
	mostRead = 500_000
)

// store returns the settings as the store takes them.
func (s Settings) store() (clickhouse.Config, error) {
	config := clickhouse.DefaultConfig()
	config.Database, config.Username, config.Password = s.Database, s.Username, s.Password
	config.Connections, config.DialTimeout, config.QueryTimeout = connections, dialTimeout, queryTimeout
	config.MostRows, config.Remember = mostRead, time.Second
	encrypted := s.TLS
	switch address := strings.TrimSpace(s.Address); {
	case address == "":
		return config, errors.New("address is empty: write host:9000, or http://host:8123, where mimamori's ClickHouse listens")
	case strings.Contains(address, "://"):
		parsed, err := url.Parse(address)
		if err == nil && parsed.User != nil { // which is not to be told to whoever asks
			return config, errors.New("address holds a user or a password: leave them out, there are settings for both")
		}
		if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" || strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" {
			return config, fmt.Errorf("address %q is not one: write host:9000, http://host:8123 or https://host:8443, without a path or anything behind it", address)
		}
		port := parsed.Port()
		if port == "" {
			port = map[string]string{"http": "8123", "https": "8443"}[parsed.Scheme]
		}
		config.Protocol, config.Address = clickhouse.ProtocolHTTP, net.JoinHostPort(parsed.Hostname(), port)
		encrypted = parsed.Scheme == "https"
	default:
		config.Address = address
	}
	if encrypted {
		config.TLS = &clickhouse.TLS{
			ServerName: s.TLSServerName, CA: []byte(s.CACertificate), Certificate: []byte(s.ClientCertificate), Key: []byte(s.ClientKey),
		}
	}
	return config, config.Validate()
}
