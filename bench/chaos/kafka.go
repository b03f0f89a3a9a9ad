package chaos

import (
	"context"
	"path/filepath"

	"mimamori/ingest/bus/apache"
)

// kafka is Apache Kafka as a part: a broker that is its own controller.
type kafka struct {
	cluster *apache.Cluster
	notes   *notes
	held    memory
}

func (p *plant) addKafka() error {
	cluster, err := apache.Start(context.Background(), apache.Options{Directory: filepath.Join(p.directory, "kafka")})
	if err != nil {
		return err
	}
	p.broker = &kafka{cluster: cluster, notes: p.notes}
	p.brokerAt = address{"tcp", cluster.Addresses()[0]}
	return nil
}

func (k *kafka) id() string { return "broker" }

func (k *kafka) up() error {
	if k.cluster.PID(0) != 0 {
		return nil
	}
	return k.cluster.Launch(0)
}

func (k *kafka) kill()   { k.note(k.cluster.Kill(0)) }
func (k *kafka) freeze() { k.note(k.cluster.Freeze(0)) }
func (k *kafka) thaw()   { k.note(k.cluster.Thaw(0)) }

// note says what could not be done to the broker.
func (k *kafka) note(err error) {
	if err != nil {
		k.notes.say("%v", err)
	}
}

func (k *kafka) terminate() error { return k.cluster.Stop(0) }

func (k *kafka) measure()     { k.held.measure(k.cluster.PID(0)) }
func (k *kafka) peak() uint64 { return k.held.peak() }
