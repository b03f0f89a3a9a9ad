package snmptrap

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// keptFile is what is counted on over restarts.
const keptFile = "engine.json"

// lastBoots is how often an engine may start: the next one would never be believed
// (RFC 3414, section 2.2.2).
const lastBoots = math.MaxInt32 - 1

// kept is our engine, and what has to go on after a restart where it left off. It is
// used by all destinations at the same time.
type kept struct {
	path     string
	engineID string // octets
	started  time.Time

	mu   sync.Mutex
	text keptText
}

// keptText is the file.
type keptText struct {
	// EngineID in hexadecimal digits.
	EngineID string `json:"engine_id"`
	// Boots is how often the engine has started.
	Boots uint32 `json:"boots"`
	// Sequences are the last numbers used, by destination.
	Sequences map[string]uint32 `json:"sequences"`
}

// start reads the file below the directory, or makes it, and counts this start.
func start(directory string, now time.Time) (*kept, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("keep the SNMP engine: %w", err)
	}
	k := &kept{path: filepath.Join(directory, keptFile), started: now}
	content, err := os.ReadFile(k.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		k.text.EngineID = hex.EncodeToString(newEngineID())
	case err != nil:
		return nil, fmt.Errorf("read the SNMP engine: %w", err)
	default:
		if err := json.Unmarshal(content, &k.text); err != nil {
			return nil, k.unusable(err)
		}
	}
	id, err := hex.DecodeString(k.text.EngineID)
	if err != nil || len(id) < 5 || len(id) > 32 {
		return nil, k.unusable(errors.New("engine_id is not 5 to 32 octets in hexadecimal digits"))
	}
	if k.text.Boots >= lastBoots {
		return nil, k.unusable(errors.New("the engine has started too often"))
	}
	k.engineID = string(id)
	k.text.Boots++
	if k.text.Sequences == nil {
		k.text.Sequences = map[string]uint32{}
	}
	return k, k.write()
}

func (k *kept) unusable(why error) error {
	return fmt.Errorf("read the SNMP engine from %s: %w; restore it, or remove it for a new engine, whose id receivers of traps of version 3 have to be told", k.path, why)
}

// newEngineID is an engine's id: the enterprise of documentation, and octets of our own
// choice (RFC 3411, SnmpEngineID).
func newEngineID() []byte {
	id := []byte{0x80, 0x00, 0x7e, 0xd9, 5, 0, 0, 0, 0, 0, 0, 0, 0}
	_, _ = rand.Read(id[5:]) // never fails (crypto/rand)
	return id
}

// upTime is sysUpTime: hundredths of a second since the start.
func (k *kept) upTime(now time.Time) uint32 {
	return uint32(now.Sub(k.started) / (10 * time.Millisecond)) // rolls over
}

// engineTime is snmpEngineTime: seconds since boots rose.
func (k *kept) engineTime(now time.Time) uint32 {
	return uint32(now.Sub(k.started) / time.Second)
}

// take sets count numbers of a destination aside and returns the last one used before.
// They may be used also where that could not be kept: after a restart they would come
// again.
func (k *kept) take(destination string, count int) (last uint32, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	last = k.text.Sequences[destination]
	k.text.Sequences[destination] = advance(last, count)
	return last, k.write()
}

// used says which number of those set aside was the last that went out.
func (k *kept) used(destination string, last uint32) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.text.Sequences[destination] == last {
		return nil
	}
	k.text.Sequences[destination] = last
	return k.write()
}

// advance returns the number that comes by steps after last: there is no 0.
func advance(last uint32, by int) uint32 {
	next := uint64(last) + uint64(by)
	if next > math.MaxUint32 {
		next -= math.MaxUint32
	}
	return uint32(next)
}

// write puts the file in the place of the one before, so that there is a whole one at
// every moment: also after the power fails, for a start that is not counted is one whose
// traps are taken for old ones.
func (k *kept) write() error {
	if err := k.replace(); err != nil {
		return fmt.Errorf("keep the SNMP engine's numbers in %s: %w", k.path, err)
	}
	return nil
}

func (k *kept) replace() error {
	content, err := json.MarshalIndent(k.text, "", "  ")
	if err != nil {
		return err
	}
	beside := k.path + ".new"
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(content, '\n'))
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(beside, k.path)
	}
	if err != nil {
		os.Remove(beside)
		return err
	}
	directory, err := os.Open(filepath.Dir(k.path))
	if err != nil {
		return err
	}
	defer directory.Close()
	return directory.Sync()
}
