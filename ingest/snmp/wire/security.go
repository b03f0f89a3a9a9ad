package wire

import (
	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
)

var authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
	"":        gosnmp.NoAuth,
	"MD5":     gosnmp.MD5,
	"SHA-1":   gosnmp.SHA,
	"SHA-224": gosnmp.SHA224,
	"SHA-256": gosnmp.SHA256,
	"SHA-384": gosnmp.SHA384,
	"SHA-512": gosnmp.SHA512,
}

var privacyProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
	"":          gosnmp.NoPriv,
	"DES":       gosnmp.DES,
	"AES-128":   gosnmp.AES,
	"AES-192":   gosnmp.AES192,
	"AES-256":   gosnmp.AES256,
	"AES-192-C": gosnmp.AES192C,
	"AES-256-C": gosnmp.AES256C,
}

// Security returns a user's credentials as the codec takes them, and the security
// level of its messages. The user is a resolved one (inventory.SNMPUser.Resolved): an
// unknown protocol is none. The parameters hold passwords: they must not be printed.
func Security(user inventory.SNMPUser) (*gosnmp.UsmSecurityParameters, gosnmp.SnmpV3MsgFlags) {
	parameters := &gosnmp.UsmSecurityParameters{
		UserName:               user.Name,
		AuthenticationProtocol: gosnmp.NoAuth,
		PrivacyProtocol:        gosnmp.NoPriv,
	}
	protocol, ok := authProtocols[user.Auth]
	if !ok || protocol == gosnmp.NoAuth {
		return parameters, gosnmp.NoAuthNoPriv
	}
	parameters.AuthenticationProtocol, parameters.AuthenticationPassphrase = protocol, user.AuthPassword
	privacy, ok := privacyProtocols[user.Privacy]
	if !ok || privacy == gosnmp.NoPriv {
		return parameters, gosnmp.AuthNoPriv
	}
	parameters.PrivacyProtocol, parameters.PrivacyPassphrase = privacy, user.PrivacyPassword
	return parameters, gosnmp.AuthPriv
}
