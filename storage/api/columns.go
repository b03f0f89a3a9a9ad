package api

// column is what a client is told of a column of an answer.
type column struct {
	kind    string // JSON type, or moments
	meaning string
}

const (
	texts    = "string"
	numbers  = "number"
	integers = "integer"
	booleans = "boolean"
	moments  = "date-time"
)

// columnOf returns what is known of a column of an answer: what holds there alone, or
// what holds wherever it is met.
func columnOf(of, name string) (column, bool) {
	if known, ok := columns[of+"."+name]; ok {
		return known, true
	}
	known, ok := columns[name]
	return known, ok
}

// columns are all columns of all answers by name. docs/reports.md says more.
var columns = map[string]column{
	"customer":  {texts, "Name of the customer."},
	"site":      {texts, "Name of the site."},
	"device":    {texts, "Name of the device."},
	"group":     {texts, "Name of the service group."},
	"interface": {texts, "Stable name of the interface: ifName, or ifDescr where there is none."},
	"path":      {texts, "Name of the voice path."},
	"members":   {texts, "Members of the group that caused it."},

	"availability_pct":        {numbers, "(up + degraded) / (up + degraded + down) of the time that counts, in percent; null where nothing is known."},
	"pessimistic_pct":         {numbers, "The same with unknown time counted as down."},
	"target_pct":              {numbers, "What the contract promises, in percent."},
	"met":                     {texts, "yes or no: whether availability_pct reaches target_pct."},
	"nines":                   {numbers, "-log10(1 - availability)."},
	"scheduled_s":             {numbers, "Seconds within the hours of the calendar, less excluded maintenance."},
	"up_s":                    {numbers, "Seconds up that count."},
	"degraded_s":              {numbers, "Seconds degraded that count; they are available."},
	"down_s":                  {numbers, "Seconds down that count."},
	"unknown_s":               {numbers, "Seconds in which nobody reported that count."},
	"excluded_s":              {numbers, "Seconds not up that do not count: outside hours, or in maintenance."},
	"outages":                 {integers, "How often it was down in time that counts."},
	"mtbf_s":                  {numbers, "Mean time between failures: seconds up by outages; null without an outage."},
	"mttr_s":                  {numbers, "Mean time to repair: seconds down by outages; null without an outage."},
	"longest_s":               {numbers, "Seconds of the longest outage that count."},
	"allowed_down_s":          {numbers, "Seconds down that the target allows; null without a target."},
	"expected_pct":            {numbers, "Of a service group: the availability if its members failed independently of each other, from their own figures."},
	"calendar":                {texts, "Name of the calendar it was measured by."},
	"corrected_at":            {moments, "When the figure was last corrected; null where it never was."},
	"corrected_by":            {texts, "Who corrected it."},
	"corrected_why":           {texts, "Why."},
	"availability_before_pct": {numbers, "availability_pct before the correction."},
	"state":                   {texts, "up, degraded, down or unknown."},

	"from":           {moments, "Beginning, included."},
	"to":             {moments, "End, not included."},
	"seconds":        {numbers, "Length in seconds."},
	"counted_s":      {numbers, "Seconds that count by the contract."},
	"excluded_why":   {texts, "Why the excluded seconds do not count."},
	"cause":          {texts, "Why it was not up: no answer, unreachable, reboot or silent."},
	"ongoing":        {booleans, "Whether it had not ended at the end of the time asked about."},
	"corrected":      {booleans, "Whether it was judged anew after the fact."},
	"ticket":         {texts, "Ticket, where one is known."},
	"evidence":       {texts, "What it was judged by."},
	"at":             {moments, "When."},
	"by":             {texts, "Who."},
	"why":            {texts, "Why."},
	"share_pct":      {numbers, "Share of the downtime, in percent."},
	"cumulative_pct": {numbers, "Share together with all contributors before it, in percent."},

	"alias":           {texts, "ifAlias, the operator's own description."},
	"kind":            {texts, "lan, wan or ignored."},
	"start":           {moments, "Beginning of the bucket."},
	"in_bps":          {numbers, "Mean rate received over the measured time, bit/s."},
	"out_bps":         {numbers, "Mean rate sent over the measured time, bit/s."},
	"utilization_pct": {numbers, "Utilization of the link in percent of its speed."},
	"in_peak_bps":     {numbers, "Highest rate received between two polls, bit/s."},
	"out_peak_bps":    {numbers, "Highest rate sent between two polls, bit/s."},
	"in_bits":         {numbers, "Bits received in the measured time."},
	"out_bits":        {numbers, "Bits sent in the measured time."},
	"speed_bps":       {integers, "Speed of the interface, bit/s; 0 where it is unknown."},
	"measured_s":      {numbers, "Seconds with a usable measurement; the rest of the bucket is a gap."},
	"in_errors":       {numbers, "Packets received in error."},
	"out_errors":      {numbers, "Packets that could not be sent for errors."},
	"in_discards":     {numbers, "Packets received and discarded."},
	"out_discards":    {numbers, "Packets to be sent and discarded."},
	"gaps":            {texts, "Why time was not measured: discontinuity, reset, implausible, ambiguous wrap."},

	"minute":            {moments, "Beginning of the minute."},
	"mos":               {numbers, "Conversational quality (MOS-CQE), 1 to 4.5; null without traffic."},
	"mos_lq":            {numbers, "Listening quality: the same without delay and echo."},
	"r":                 {numbers, "R of the E-model, on the scale named."},
	"scale":             {texts, "nb ITU-T G.107, wb G.107.1 or fb G.107.2; R is never compared across scales."},
	"band":              {texts, "User satisfaction in the words of ITU-T G.109."},
	"loss_pct":          {numbers, "Packets lost or too late for the jitter buffer, of those sent, in percent."},
	"delay_ms":          {numbers, "Mouth to ear delay in milliseconds."},
	"one_way":           {booleans, "Whether the network's part of the delay rests on synchronised clocks; else it is half the round trip."},
	"jitter_ms":         {numbers, "Interarrival jitter of RFC 3550 in milliseconds, of the round trip."},
	"pdv99_ms":          {numbers, "99th percentile of the packet delay variation (RFC 5481) in milliseconds."},
	"jitter_buffer_ms":  {numbers, "Depth of the modelled jitter buffer in milliseconds."},
	"burst_r":           {numbers, "BurstR of G.107: 1 for random loss."},
	"bursts":            {integers, "Bursts of loss under way (RFC 3611, Gmin 16)."},
	"burst_density_pct": {numbers, "Packets lost within bursts, in percent."},
	"gap_density_pct":   {numbers, "Packets lost outside of bursts, in percent."},
	"burst_mean_ms":     {numbers, "Mean length of a burst in milliseconds."},
	"sent":              {integers, "Packets sent."},
	"lost":              {integers, "Packets never answered."},
	"late":              {integers, "Packets too late for the jitter buffer."},
	"codec":             {texts, "The codec rated."},
	"ie":                {numbers, "Equipment impairment factor it was rated with."},
	"bpl":               {numbers, "Packet loss robustness factor it was rated with."},
	"itu":               {booleans, "Whether ie and bpl are the ITU's."},
	"model":             {texts, "Version of the step from measurements to R and MOS."},

	"sensor":        {texts, "Name of the sensor as the device calls it."},
	"health.kind":   {texts, "cpu, memory, storage, temperature, fan, power, voltage, current or humidity."},
	"status":        {texts, "What the device said last: ok, warning, critical, not present or unknown."},
	"worst":         {texts, "The gravest that it said."},
	"value":         {numbers, "The latest reading; null where the device gave none."},
	"unit":          {texts, "Unit of the values."},
	"min":           {numbers, "Lowest reading."},
	"mean":          {numbers, "Mean of the readings."},
	"max":           {numbers, "Highest reading."},
	"readings":      {integers, "Readings, those without a value too."},
	"health.at":     {moments, "When the latest reading was taken."},
	"health.source": {texts, "The MIB it was read from."},

	"address":   {texts, "Address of the device."},
	"since":     {moments, "Since when it is in its state."},
	"last_seen": {moments, "When it last gave a sign of life."},

	"id":          {texts, "Names the maintenance window through all its revisions."},
	"rule":        {texts, "RRULE of RFC 5545; empty for once."},
	"time_zone":   {texts, "Zone of the rule."},
	"next_from":   {moments, "Beginning of its first occurrence in the time asked about."},
	"next_to":     {moments, "End of that occurrence."},
	"first_from":  {moments, "Beginning of its first occurrence of all."},
	"first_to":    {moments, "End of that occurrence."},
	"entered":     {moments, "When it was entered."},
	"revised":     {moments, "When it was changed or cancelled; null where it stands as it was entered."},
	"revised_by":  {texts, "Who changed it."},
	"revised_why": {texts, "Why it was changed."},
	"cancelled":   {booleans, "Whether it is taken back, its past too."},
	"reference":   {texts, "Somebody else's name for it, such as a carrier's change number."},
	"retroactive": {booleans, "Whether it began before it was entered."},

	"received": {moments, "When the appliance received the line."},
	"stamped":  {moments, "The line's own time; null where it had none."},
	"severity": {integers, "Severity of RFC 5424: 0 emergency to 7 debug."},
	"facility": {integers, "Facility of RFC 5424."},
	"source":   {texts, "Address it came from."},
	"hostname": {texts, "Host name within the line."},
	"app_name": {texts, "Application named within the line."},
	"mnemonic": {texts, "Mnemonic of a message in Cisco's form."},
	"message":  {texts, "The message."},
	"raw":      {texts, "The line as it came, where reading it lost anything."},
}
