package load

import (
	"fmt"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
)

const (
	pathName = "to the centre"
	lineRate = 1_000_000_000 // bit/s, of every interface
)

func deviceName(device int) string { return fmt.Sprintf("device-%03d", device) }

func (s *site) addressOf(device int) string {
	return fmt.Sprintf("10.%d.%d.%d", s.number>>8&0xff, s.number&0xff, device+1)
}

func portName(port int) string { return fmt.Sprintf("Gi1/0/%d", port+1) }

// sensors are those of a device.
var sensors = [...]struct {
	kind  sample.SensorKind
	name  string
	milli int64         // what it reads at least
	fails failures.Kind // which trouble of its chassis it tells of
}{
	{sample.SensorCPU, "CPU", 5_000, ""}, {sample.SensorMemory, "memory", 40_000, ""}, {sample.SensorTemperature, "inlet", 25_000, failures.Heat},
	{sample.SensorFan, "fan 1", 4_200_000, failures.FanStop}, {sample.SensorPower, "PSU 1", 60_000, failures.FeedLoss},
}

func (s *site) deviceNames() *sample.Devices {
	r := &sample.Devices{}
	for device, id := range s.devices {
		behind := sample.ID(0)
		if through := behindOf(device); through >= 0 && !s.Flat {
			behind = s.devices[through]
		}
		r.Device, r.Behind, r.Name = append(r.Device, id), append(r.Behind, behind), append(r.Name, deviceName(device))
		r.Address = append(r.Address, s.addressOf(device))
		r.SysObjectID = append(r.SysObjectID, "1.3.6.1.4.1.9.1.2494")
		r.SysName, r.SysDescr = append(r.SysName, deviceName(device)), append(r.SysDescr, "Cisco IOS XE Software, Version 17.12.3")
	}
	return r
}

func (s *site) portNames(first, end int) *sample.InterfaceIdentities {
	r := &sample.InterfaceIdentities{}
	for device := first; device < end; device++ {
		for port := range s.Interfaces {
			alias := ""
			switch {
			case device == 0 && port == 0:
				alias = "WAN 100M"
			case port == 0:
				alias = "trunk"
			}
			r.Device, r.Interface = append(r.Device, s.devices[device]), append(r.Interface, s.ports[device*s.Interfaces+port])
			r.IfIndex, r.IfType, r.MTU = append(r.IfIndex, uint32(10101+port)), append(r.IfType, 6), append(r.MTU, 1500)
			r.Name, r.Alias = append(r.Name, portName(port)), append(r.Alias, alias)
			r.Description = append(r.Description, "Gigabit"+portName(port))
			r.PhysAddress = append(r.PhysAddress, fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", s.number>>8&0xff, s.number&0xff, device, port&0xff))
			r.SpeedBps = append(r.SpeedBps, lineRate)
		}
	}
	return r
}

func (s *site) sensorNames() *sample.HealthIdentities {
	r := &sample.HealthIdentities{}
	for i, id := range s.sensors {
		sensor := sensors[i%len(sensors)]
		r.Device, r.Sensor = append(r.Device, s.devices[i/len(sensors)]), append(r.Sensor, id)
		r.SensorKind, r.Name, r.Source = append(r.SensorKind, sensor.kind), append(r.Name, sensor.name), append(r.Source, "CISCO-ENTITY-SENSOR-MIB")
	}
	return r
}

func (s *site) pathNames() *sample.Paths {
	return &sample.Paths{Path: []sample.ID{s.path}, Name: []string{pathName}, Target: []string{"192.0.2.254:862"}, Codec: []string{"G.711"}}
}
