package api

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"mimamori/storage/report"
)

// format is a way to write an answer.
type format struct{ name, mediaType, contentType string }

// formats are what is offered, the most natural first.
var formats = []format{
	{"json", "application/json", "application/json"},
	{"csv", "text/csv", "text/csv; charset=utf-8; header=present"},
	{"xlsx", report.MediaTypeXLSX, report.MediaTypeXLSX},
}

func formatNames() []string {
	names := make([]string, len(formats))
	for i, each := range formats {
		names[i] = each.name
	}
	return names
}

func formatOf(name string) (format, bool) {
	for _, each := range formats {
		if each.name == name {
			return each, true
		}
	}
	return format{}, false
}

// accepted chooses a format by the Accept header (RFC 9110, section 12.5.1): the one
// with the highest weight, the earlier of equals; false where none is accepted.
func accepted(header http.Header) (format, bool) {
	given := strings.Join(header.Values("Accept"), ",")
	if strings.TrimSpace(given) == "" {
		return formats[0], true
	}
	var best format
	highest := 0.0
	for _, each := range formats {
		if weight := weightOf(given, each.mediaType); weight > highest {
			best, highest = each, weight
		}
	}
	return best, highest > 0
}

// weightOf is what an Accept header says of a media type: the most specific range
// that it lies in counts.
func weightOf(given, mediaType string) float64 {
	weight, specific := 0.0, -1
	for each := range strings.SplitSeq(given, ",") {
		accepts, parameters, err := mime.ParseMediaType(each)
		if err != nil {
			continue
		}
		precision := -1
		switch kind, _, _ := strings.Cut(mediaType, "/"); accepts {
		case mediaType:
			precision = 2
		case kind + "/*":
			precision = 1
		case "*/*":
			precision = 0
		}
		if precision < 0 || precision < specific {
			continue
		}
		q := 1.0
		if text, ok := parameters["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		if precision > specific || q > weight {
			weight, specific = q, precision
		}
	}
	return weight
}
