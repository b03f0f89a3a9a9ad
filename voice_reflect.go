package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	probe "mimamori/ingest/voice"
)

// voiceReflect answers the probes of others.
type voiceReflect struct {
	Listen  string `help:"Address and UDP port to answer on; port 0 takes a free one." default:"0.0.0.0:862" placeholder:"ADDRESS:PORT"`
	KeyFile string `help:"File with keys of STAMP's authenticated mode, one a line: only senders with one of them are answered." type:"path" placeholder:"FILE"`
	JSON    bool   `name:"json" help:"Print JSON: {\"listening\": ADDRESS}, and the counts at the end."`
}

// Run answers until it is interrupted and prints what it counted.
func (v *voiceReflect) Run(ctx context.Context, output stdout) error {
	config := probe.DefaultReflectorConfig()
	config.Listen = v.Listen
	if v.KeyFile != "" {
		keys, err := readKeys(v.KeyFile)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return usageError{fmt.Errorf("%s holds no key", v.KeyFile)}
		}
		config.AuthenticationKeys = keys
	}
	registry := prometheus.NewRegistry()
	reflector, err := probe.NewReflector(config, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		return usageError{err}
	}
	address, err := reflector.Bind(ctx)
	switch {
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("listen on %s: a port below 1024 needs root or CAP_NET_BIND_SERVICE; run it so, or choose a higher port and name it in the probe's --target: %w", v.Listen, syscall.EACCES)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("listen on %s: another program has the port, perhaps the reflector of an appliance: %w", v.Listen, syscall.EADDRINUSE)
	case err != nil:
		return err
	}
	if err := v.announce(output, netip.AddrPortFrom(address.Addr().Unmap(), address.Port())); err != nil {
		return err
	}
	if err := reflector.Run(ctx); err != nil {
		return err
	}
	counted, err := countReflected(registry)
	if err != nil {
		return err
	}
	if v.JSON {
		return json.NewEncoder(output).Encode(counted)
	}
	_, err = fmt.Fprintln(output, counted)
	return err
}

func (v *voiceReflect) announce(output stdout, address netip.AddrPort) error {
	if v.JSON {
		return json.NewEncoder(output).Encode(map[string]string{"listening": address.String()})
	}
	_, err := fmt.Fprintf(output, "answering voice probes on %s\n", address)
	return err
}

// reflected is what a reflector has counted.
type reflected struct {
	Answered   int `json:"answered"`
	Malformed  int `json:"malformed"`       // no test packets
	Unknown    int `json:"unauthenticated"` // not made with a key of ours
	Loop       int `json:"loop"`            // answers to answers of ours, not answered again
	Unsent     int `json:"send_errors"`     // answers the kernel refused to send
	Overflowed int `json:"dropped"`         // by the kernel, before they were read
}

// String says what was answered, and of the rest what there was.
func (r reflected) String() string {
	said := fmt.Sprintf("packets answered: %d", r.Answered)
	for _, rest := range []struct {
		count int
		what  string
	}{
		{r.Malformed, "no test packets"},
		{r.Unknown, "not made with a key of ours"},
		{r.Loop, "answers to answers of ours"},
		{r.Unsent, "answers that could not be sent"},
		{r.Overflowed, "dropped by the kernel before they were read"},
	} {
		if rest.count > 0 {
			said += fmt.Sprintf("; %s: %d", rest.what, rest.count)
		}
	}
	return said
}

func countReflected(registry *prometheus.Registry) (reflected, error) {
	families, err := registry.Gather()
	if err != nil {
		return reflected{}, fmt.Errorf("read the reflector's counters: %w", err)
	}
	counts := map[string]int{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			counts[name] = int(metric.GetCounter().GetValue())
		}
	}
	const packets = "mimamori_voice_reflector_packets_total "
	return reflected{
		Answered: counts[packets+"answered"], Malformed: counts[packets+"malformed"], Unknown: counts[packets+"unauthenticated"], Loop: counts[packets+"loop"], Unsent: counts[packets+"send_error"],
		Overflowed: counts["mimamori_voice_reflector_receive_overflows_total"],
	}, nil
}
