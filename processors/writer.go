package processors

import (
	"errors"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/ingest/signature"
	"mimamori/storage"
)

// centre stands among the appliances for the centre itself, which writes ticks in the name
// of no appliance.
const centre sample.ID = 0

// ownersOf says whose a block is that an appliance wrote, and by which keys it is known.
func ownersOf(registry storage.Registry) map[sample.ID]storage.Appliance {
	owners := make(map[sample.ID]storage.Appliance, len(registry.Appliances)+1)
	for _, appliance := range registry.Appliances {
		owners[appliance.ID] = appliance
	}
	owners[centre] = storage.Appliance{ID: centre, PublicKeys: registry.CentreKeys}
	return owners
}

// disowned returns why a message cannot be taken as written by whom it names: "unsigned",
// "bad_signature", or nothing where it can be or where the writer has no key.
func disowned(topic string, message bus.Message, writer storage.Appliance) (reason string) {
	if len(writer.PublicKeys) == 0 {
		return ""
	}
	err := bus.Verify(writer.PublicKeys, topic, message)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, signature.ErrUnsigned):
		return "unsigned"
	}
	return "bad_signature"
}
