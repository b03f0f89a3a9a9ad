package main

import (
	"encoding/json"
	"fmt"

	"mimamori/ingest/signature"
)

// applianceCommand has what an appliance needs before it can be put into an inventory.
type applianceCommand struct {
	Key applianceKeyCommand `cmd:"" help:"Make the key pair that an appliance, or the centre, signs its messages with."`
}

// applianceKeyCommand makes a key pair.
type applianceKeyCommand struct {
	Out  string `help:"File to write the private key to, readable by its owner alone. It must not exist." required:"" type:"path" placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print the public key as JSON."`
}

// Run writes the private key and prints the lines that the configuration needs.
func (c *applianceKeyCommand) Run(output stdout) error {
	key, err := signature.NewFile(c.Out)
	if err != nil {
		return usageError{err}
	}
	public := signature.FormatPublicKey(key)
	if c.JSON {
		return json.NewEncoder(output).Encode(map[string]string{"public_key": public, "private_key_file": c.Out})
	}
	_, err = fmt.Fprintf(output, `The private key is in %s: it stays on the machine that signs.
In the centre's configuration, at the appliance in ingest.inventory:
  public_keys: [%q]
In the configuration of the machine that polls, beside that line:
  private_key_file: %q
For the centre's own key both lines go below processors.
`, c.Out, public, c.Out)
	return err
}
