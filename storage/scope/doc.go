// Package scope is the signed token that says which customers an organisation of Grafana
// sees. Who may edit a data source may write anything into it, so its scope is what the
// partner's key has signed, for one organisation and one time, and never a name in a
// setting.
//
// What lives here: the token (Ed25519, RFC 8032), what it may say, and how it is held
// against the public keys that count. What does not: where those keys are kept
// (storage/clickhouse, table scope_keys), the file of the private key (ingest/signature)
// and who hands tokens out (grafana/provision).
//
// A token is the text mms1.PAYLOAD.SIGNATURE, both parts base64url without padding
// (RFC 4648, section 5). The payload is JSON; signed are the bytes of mms1.PAYLOAD, so
// that a signature made for anything else is none here. Another form of token gets the
// next number in its prefix.
package scope
