package ingest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/spool"
	"mimamori/ingest/syslog"
)

// logLines returns lines as the devices of a site send them.
func logLines(count int, at time.Time) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	lines := make([][]byte, count)
	for i := range lines {
		device, host := random.IntN(200), fmt.Sprintf("10.%d.%d.%d", random.IntN(200), random.IntN(32), random.IntN(256))
		switch random.IntN(4) {
		case 0:
			lines[i] = fmt.Appendf(nil, "<189>%d: %s: %%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet%d/0/%d, changed state to up", i, at.Format("Jan _2 15:04:05.000"), random.IntN(4), random.IntN(48))
		case 1:
			lines[i] = fmt.Appendf(nil, "<190>%d: %s: %%SEC-6-IPACCESSLOGP: list 101 denied tcp %s(%d) -> 10.0.0.5(445), 1 packet", i, at.Format("Jan _2 15:04:05.000"), host, random.IntN(65536))
		case 2:
			lines[i] = fmt.Appendf(nil, "<5>%s fw-%03d kernel: DROP IN=eth0 SRC=%s DST=10.0.0.%d LEN=%d SPT=%d DPT=%d", at.Format(time.Stamp), device, host, random.IntN(256), random.IntN(1500), random.IntN(65536), random.IntN(1024))
		default:
			lines[i] = fmt.Appendf(nil, "<86>1 %s srv-%03d sshd %d - - Accepted publickey for backup from %s port %d ssh2", at.Format("2006-01-02T15:04:05.000000Z07:00"), device, random.IntN(65536), host, random.IntN(65536))
		}
	}
	return lines
}

// logRows returns the rows of lines as the receiver hands them over, in batches.
func logRows(batches, size int) []*sample.Syslog {
	at := time.Now()
	lines := logLines(batches*size, at)
	all := make([]*sample.Syslog, batches)
	for batch := range all {
		rows := &sample.Syslog{}
		for i, text := range lines[batch*size:][:size] {
			line := syslog.Parse(text, syslog.Receipt{At: at})
			device := rand.IntN(200)
			rows.Device = append(rows.Device, sample.DeviceID("Contoso", "Tokyo", fmt.Sprint(device)))
			rows.OffsetMs = append(rows.OffsetMs, uint32(batch*size+i)/100)
			rows.Sequence = append(rows.Sequence, 1<<60+uint64(batch*size+i))
			rows.Format = append(rows.Format, line.Format)
			rows.Facility = append(rows.Facility, line.Facility)
			rows.Severity = append(rows.Severity, line.Severity)
			rows.StampedMs = append(rows.StampedMs, line.StampedMs)
			rows.Source = append(rows.Source, fmt.Sprintf("10.1.2.%d", device))
			rows.Hostname = append(rows.Hostname, line.Hostname)
			rows.AppName = append(rows.AppName, line.AppName)
			rows.ProcessID = append(rows.ProcessID, line.ProcessID)
			rows.MessageID = append(rows.MessageID, line.MessageID)
			rows.Mnemonic = append(rows.Mnemonic, line.Mnemonic)
			rows.Message = append(rows.Message, line.Message)
			rows.Raw = append(rows.Raw, line.Raw)
			rows.Complaint = append(rows.Complaint, line.Complaint)
			rows.Occurrences = append(rows.Occurrences, 1)
			rows.Relayed = append(rows.Relayed, 0)
		}
		all[batch] = rows
	}
	return all
}

// BenchmarkPackLogs packs parsed lines as the receiver hands them over.
func BenchmarkPackLogs(b *testing.B) {
	const size = 500
	batches := logRows(40, size)
	p, queue, _ := testPacker(b)
	b.ReportAllocs()
	bytes, next := 0, 0
	for b.Loop() {
		p.emit(1, batches[next%len(batches)])
		next++
		if queue.Snapshot().Blocks == 0 {
			continue
		}
		taken := queue.Take(b.Context(), spool.Logs, 64)
		for _, block := range taken {
			bytes += len(block.Bytes)
		}
		queue.Delivered(taken)
	}
	rows := float64(b.N * size)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
	b.ReportMetric(float64(bytes)/rows, "B/row")
}
