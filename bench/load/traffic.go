package load

import "time"

// hours is how busy a working day is at each whole hour where the sites are, of what it is on the average of a week: the
// night belongs to copies and updates, the morning begins at eight, and some go to lunch at noon.
var hours = [25]float64{
	0.5, 0.6, 0.6, 0.5, 0.3, 0.3, 0.3, 0.5, 1.0, 1.8, 2.1, 2.1, 1.7, 1.9, 2.1, 2.1, 2.0, 1.8, 1.3, 1.0, 0.8, 0.7, 0.6, 0.5, 0.5,
}

// weekend is how busy a Saturday or Sunday is, of a working day.
const weekend = 0.4

// zone is where the sites are: nine hours ahead of UTC, as Japan.
const zone = 9 * time.Hour

// weekly makes the mean of a week 1.
var weekly = func() float64 {
	day := 0.0
	for hour := range 24 {
		day += (hours[hour] + hours[hour+1]) / 2
	}
	return 24 * 7 / (day * (5 + 2*weekend))
}()

// busyness is the share of its weekly mean that a network's traffic has at a time.
func busyness(at time.Time) float64 {
	local := at.UTC().Add(zone)
	hour, within := local.Hour(), float64(local.Minute()*60+local.Second())/3600
	share := hours[hour] + within*(hours[hour+1]-hours[hour])
	if day := local.Weekday(); day == time.Saturday || day == time.Sunday {
		share *= weekend
	}
	return share * weekly
}
