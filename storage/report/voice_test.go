package report

import (
	"encoding/csv"
	"strings"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// TestVoiceSaysWhoseFiguresItRatesBy: once for each codec, and not of minutes without a rating.
func TestVoiceSaysWhoseFiguresItRatesBy(t *testing.T) {
	minute := storage.VoiceMinute{Sent: 3000, Received: 3000, MOS: 4.1, R: 84, Scale: "nb", Bpl: 4.3, Codec: "G.722"}
	official, unrated := minute, minute
	official.Codec, official.ITU = "G.711", true
	unrated.Codec, unrated.Sent, unrated.Received = "G.726", 0, 0
	unrated.R, unrated.MOS = 0, 0
	sheet := Voice(reported, []storage.PathVoice{{VoiceMinute: minute}, {VoiceMinute: official}, {VoiceMinute: minute}, {VoiceMinute: unrated}})
	if len(sheet.Notes) != 1 || sheet.Notes[0] != "G.722 is rated by ie 0 and bpl 4.3, which are not both the ITU's." {
		t.Errorf("%q", sheet.Notes)
	}
}

func TestVoiceLeavesBlankWhatIsNotKnown(t *testing.T) {
	minutes := []storage.PathVoice{
		{VoiceMinute: storage.VoiceMinute{Sent: 3000, Received: 2970, Lost: 30, LossPct: 1, DelayMs: 80, MOS: 4.1, MOSLQ: 4.2, R: 84, Scale: "nb", Band: "satisfied", Bpl: 4.3,
			JitterBufferMs: 40, Bursts: 2, BurstDensityPct: 50, GapDensityPct: 0.5, BurstMeanMs: 200, ITU: true}},
		{VoiceMinute: storage.VoiceMinute{Sent: 3000, MOS: 4.1, R: 84, Scale: "nb"}},                                                    // as stored before inputs were kept
		{VoiceMinute: storage.VoiceMinute{Scale: "nb", Bpl: 4.3}},                                                                       // nothing was sent
		{VoiceMinute: storage.VoiceMinute{Sent: 3000, Lost: 3000, LossPct: 100, BurstR: 1, DelayMs: 60, MOS: 1, Scale: "nb", Bpl: 4.3}}, // nothing came back
		{VoiceMinute: storage.VoiceMinute{Sent: 1000, Received: 990, Lost: 10, LossPct: 1, DelayMs: 80, MOS: 4.1, R: 84, Scale: "nb", Bpl: 4.3, BurstR: 1,
			Origin: sample.OriginIPSLA, LostForward: 7, ReportedMOS: 4.06, ReportedICPIF: 0}},
		{VoiceMinute: storage.VoiceMinute{Sent: 1000, Received: 1000, DelayMs: 80, Origin: sample.OriginIPSLA}}, // no codec
		{VoiceMinute: storage.VoiceMinute{Sent: 3000, Received: 2900, Lost: 100, LostForward: 100, Duplicates: 3, DSCPSent: 46, TTLForward: 251, TTLBackward: 60, Directional: true,
			ClockErrorMs: 16, Notes: storage.NoteOneWayOut | storage.NoteRemarked | storage.NoteClockUncertain}},
	}
	rows, err := csv.NewReader(strings.NewReader(written(t, Voice(reported, minutes), "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]string{
		{"mos": "4.1", "mos_lq": "4.2", "r": "84", "band": "satisfied", "bpl": "4.3", "gap_density_pct": "0.5", "burst_mean_ms": "200", "itu": "true",
			"loss_pct": "1", "delay_ms": "80", "one_way": "false", "jitter_ms": "0"},
		{"mos": "4.1", "mos_lq": "", "r": "84", "band": "", "bpl": "", "gap_density_pct": "", "burst_mean_ms": "", "jitter_buffer_ms": ""},
		{"mos": "", "mos_lq": "", "r": "", "scale": "nb", "bpl": "", "gap_density_pct": "", "loss_pct": "", "burst_r": "", "delay_ms": ""},
		{"mos": "1", "loss_pct": "100", "burst_r": "1", "delay_ms": "", "one_way": "", "jitter_ms": "", "pdv99_ms": "",
			"source": "probe", "reported_mos": "", "reported_icpif": "", "lost_forward": "", "lost_backward": ""},
		{"mos": "4.1", "loss_pct": "1", "delay_ms": "80", "pdv99_ms": "", "bursts": "", "burst_r": "1",
			"source": "IP SLA", "reported_mos": "4.06", "reported_icpif": "0", "lost_forward": "7", "lost_backward": "0"},
		{"mos": "", "mos_lq": "", "r": "", "scale": "", "burst_r": "", "itu": "", "loss_pct": "0", "delay_ms": "80", "source": "IP SLA", "reported_mos": "", "reported_icpif": "",
			"dscp_sent": "", "ttl_forward": "", "clock_error_ms": "", "notes": ""},
		{"lost_forward": "100", "lost_backward": "0", "duplicates": "3", "reordered": "0", "dscp_sent": "46", "dscp_received": "0", "ttl_forward": "251", "ttl_backward": "60",
			"clock_error_ms": "16", "notes": "one-way (out); remarked EF->0; clock error 16 ms"},
	} {
		for j, column := range rows[0] {
			if text, asked := want[column]; asked && rows[i+1][j] != text {
				t.Errorf("minute %d: %s is %q, want %q", i, column, rows[i+1][j], text)
			}
		}
	}
}
