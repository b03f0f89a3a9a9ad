package main

import (
	"fmt"

	"mimamori/processors/voice"
)

// calcMos rates a connection by the E-model.
type calcMos struct {
	DelayMs float64 `name:"delay-ms" help:"Absolute one-way delay Ta, milliseconds."`
}

// Run prints the rating.
func (c *calcMos) Run(output stdout) error {
	parameters := voice.Default()
	parameters.Ta, parameters.T, parameters.Tr = c.DelayMs, c.DelayMs, 2*c.DelayMs
	rating := parameters.Rating()
	_, err := fmt.Fprintf(output, "R %.4f, MOS %.4f\n", rating.R, rating.MOS)
	return err
}
