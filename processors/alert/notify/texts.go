package notify

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	pipeline "github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
)

// tryTexts fills in every text of a receiver that has a template in it, for a group of
// two alerts of which one lasts: a mistake in it shows now and not in the night.
func tryTexts(templates *template.Template, receiver config.Receiver) error {
	now := time.Now()
	sample := func(entity string, ended time.Time) *alert.Alert {
		return &alert.Alert{Alert: model.Alert{
			Labels: model.LabelSet{
				"alertname": "DeviceDown", "customer": "example", "site": "tokyo", "entity": model.LabelValue(entity), "severity": "critical",
			},
			Annotations: model.LabelSet{"summary": "an example", "description": "an example"},
			StartsAt:    now.Add(-time.Hour), EndsAt: ended,
		}}
	}
	grouped := model.LabelSet{"alertname": "DeviceDown", "customer": "example"}
	data := templates.Data(receiver.Name, grouped, nil, pipeline.ReasonFirstNotification.String(),
		sample("edge-1", time.Time{}), sample("edge-2", now.Add(-time.Minute)))
	return tryValue(templates, data, reflect.ValueOf(receiver))
}

func tryValue(templates *template.Template, data *template.Data, value reflect.Value) error {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			return tryValue(templates, data, value.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if err := tryValue(templates, data, value.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			if err := tryValue(templates, data, value.MapIndex(key)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if !value.Type().Field(i).IsExported() {
				continue
			}
			if err := tryValue(templates, data, value.Field(i)); err != nil {
				return err
			}
		}
	case reflect.String:
		return tryText(templates, data, value)
	default: // no text
	}
	return nil
}

func tryText(templates *template.Template, data *template.Data, value reflect.Value) error {
	text := value.String()
	if !strings.Contains(text, "{{") {
		return nil
	}
	_, err := templates.ExecuteTextString(text, data)
	if err == nil {
		return nil
	}
	reason := err.Error()
	if found := templateLine.FindStringSubmatch(reason); found != nil {
		reason = found[2]
	}
	// The first line of the text leads to the place in the file. A secret is not repeated.
	if secret(value.Type()) {
		return fmt.Errorf("the template of its address or secret: %s", strings.ReplaceAll(reason, text, hidden))
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return &textError{text: first, reason: reason}
}

// textError is a template that cannot be filled in.
type textError struct{ text, reason string }

// Error says why.
func (e *textError) Error() string { return "the text " + e.text + ": " + e.reason }
