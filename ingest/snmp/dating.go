package snmp

// prompt is how long an exchange may take whose end dates it well enough,
// milliseconds.
const prompt = 20

// dating tells when an agent read the values of an answer. An answer may be long
// under way, or wait until a busy poller reads it; the sysUpTime in it is that of
// the values. It goes by the last answer that came promptly, for that device.
type dating struct {
	known     bool
	at        int64 // when that answer came, milliseconds on the poller's clock
	sysUpTime uint32
	took      int64 // how long its exchange took, milliseconds
}

// date returns when the values of an answer were read: a time between the request
// and the answer, milliseconds on the poller's clock like these.
func (d *dating) date(sent, received int64, sysUpTime uint32) int64 {
	took := received - sent
	if !d.known || sysUpTime < d.sysUpTime || took <= max(prompt, 2*d.took) {
		*d = dating{known: true, at: received, sysUpTime: sysUpTime, took: took}
		return received
	}
	return min(max(d.at+10*int64(sysUpTime-d.sysUpTime), sent), received)
}
