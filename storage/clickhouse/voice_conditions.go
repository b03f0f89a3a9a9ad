package clickhouse

import "mimamori/storage"

// voiceConditions are the columns of voice_minutes that tell of the way the packets took
// and of the clocks.
type voiceConditions struct {
	notes                                 []uint32
	dscpSent, dscpReceived, dscpForward   []uint8
	remarked, remarkedForward             []uint32
	ttlForward, ttlBackward, directional  []uint8
	routeChanges, clockSteps, undelivered []uint32
	step, clockError                      []float64
}

func (v *voiceConditions) add(m *storage.VoiceMinute) {
	v.notes = append(v.notes, uint32(m.Notes))
	v.dscpSent = append(v.dscpSent, m.DSCPSent)
	v.dscpReceived = append(v.dscpReceived, m.DSCPReceived)
	v.dscpForward = append(v.dscpForward, m.DSCPForward)
	v.remarked = append(v.remarked, m.Remarked)
	v.remarkedForward = append(v.remarkedForward, m.RemarkedForward)
	v.ttlForward = append(v.ttlForward, m.TTLForward)
	v.ttlBackward = append(v.ttlBackward, m.TTLBackward)
	v.routeChanges = append(v.routeChanges, m.RouteChanges)
	v.step = append(v.step, m.StepMs)
	v.directional = append(v.directional, bit(m.Directional))
	v.clockError = append(v.clockError, m.ClockErrorMs)
	v.clockSteps = append(v.clockSteps, m.ClockSteps)
	v.undelivered = append(v.undelivered, m.Undelivered)
}

func (v *voiceConditions) columns() []column {
	return []column{
		of("notes", &v.notes), of("dscp_sent", &v.dscpSent), of("dscp_received", &v.dscpReceived),
		of("dscp_forward", &v.dscpForward), of("remarked", &v.remarked), of("remarked_forward", &v.remarkedForward),
		of("ttl_forward", &v.ttlForward), of("ttl_backward", &v.ttlBackward), of("route_changes", &v.routeChanges),
		of("step_ms", &v.step), of("directional", &v.directional), of("clock_error_ms", &v.clockError),
		of("clock_steps", &v.clockSteps), of("undelivered", &v.undelivered),
	}
}

func (v *voiceConditions) fill(m *storage.VoiceMinute, i int) {
	m.Notes = storage.VoiceNotes(v.notes[i])
	m.DSCPSent = v.dscpSent[i]
	m.DSCPReceived = v.dscpReceived[i]
	m.DSCPForward = v.dscpForward[i]
	m.Remarked = v.remarked[i]
	m.RemarkedForward = v.remarkedForward[i]
	m.TTLForward = v.ttlForward[i]
	m.TTLBackward = v.ttlBackward[i]
	m.RouteChanges = v.routeChanges[i]
	m.StepMs = v.step[i]
	m.Directional = v.directional[i] != 0
	m.ClockErrorMs = v.clockError[i]
	m.ClockSteps = v.clockSteps[i]
	m.Undelivered = v.undelivered[i]
}
