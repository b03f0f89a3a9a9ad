package main

// calcCommand reaches single calculations without a store. Each has a file of its
// own.
type calcCommand struct {
	Mos    calcMos    `cmd:"" help:"R factor and MOS of a codec under delay and loss, by the E-model."`
	Stream calcStream `cmd:"" help:"Jitter, delay variation, bursts, R and MOS of a stream of packets."`
	SLA    calcSLA    `cmd:"" name:"sla" help:"Time in which a service was promised, by business hours and holidays, and its availability."`
	Due    calcDue    `cmd:"" help:"When the answers to a ticket are due, by severity, support plan and desk, and who is told next."`
}
