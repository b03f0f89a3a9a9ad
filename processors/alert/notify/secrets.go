package notify

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/prometheus/alertmanager/config/common"
)

// The lengths from which a secret, and a part of a secret address, is worth hiding:
// shorter ones would blot out words that have nothing to do with it.
const (
	shortestSecret  = 4
	shortestSegment = 8
)

const hidden = "<secret>"

// secrets is what must not be in a log or an error.
type secrets struct {
	texts []string
	files []string // that hold one; read each time, since they may be changed
}

// collect finds the secrets of a configuration: by their types, and in files by the keys
// that name them.
func collect(configuration any, more ...string) *secrets {
	s := &secrets{}
	s.walk(reflect.ValueOf(configuration))
	for _, address := range more {
		s.address(address)
	}
	return s
}

var (
	secretURLType = reflect.TypeFor[common.SecretURL]()
	urlType       = reflect.TypeFor[url.URL]()
)

// secret says whether a type of texts is one of Alertmanager's for secrets: there are
// several, in several packages, for secrets and for secret addresses.
func secret(text reflect.Type) bool { return strings.HasPrefix(text.Name(), "Secret") }

func (s *secrets) walk(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			s.walk(value.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			s.walk(value.Index(i))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			s.walk(value.MapIndex(key))
		}
	case reflect.String:
		if secret(value.Type()) {
			s.address(value.String())
		}
	case reflect.Struct:
		s.walkStruct(value)
	default: // numbers hold no secrets
	}
}

func (s *secrets) walkStruct(value reflect.Value) {
	switch value.Type() {
	case secretURLType:
		if held := value.Interface().(common.SecretURL); held.URL != nil {
			s.address(held.String())
		}
		return
	case urlType:
		held := value.Interface().(url.URL)
		if password, ok := held.User.Password(); ok {
			s.add(password, shortestSecret)
		}
		return
	}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if strings.HasSuffix(key, "_file") && field.Type.Kind() == reflect.String && key != "ca_file" && key != "cert_file" && key != "key_file" {
			if file := value.Field(i).String(); file != "" {
				s.files = append(s.files, file)
			}
			continue
		}
		s.walk(value.Field(i))
	}
}

func (s *secrets) add(text string, shortest int) {
	if len(text) >= shortest && !slices.Contains(s.texts, text) && text != hidden {
		s.texts = append(s.texts, text)
	}
}

// address adds a secret, and if it is an address the parts of it but its host that a
// server may repeat.
func (s *secrets) address(text string) {
	s.add(text, shortestSecret)
	_, rest, found := strings.Cut(text, "://")
	if !found {
		return
	}
	host, path, _ := strings.Cut(rest, "/")
	if user, _, found := strings.Cut(host, "@"); found {
		_, password, _ := strings.Cut(user, ":")
		s.add(password, shortestSecret)
	}
	s.add("/"+path, shortestSegment)
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/?&=#{} ", r) }) {
		s.add(part, shortestSegment)
		if plain, err := url.PathUnescape(part); err == nil {
			s.add(plain, shortestSegment)
		}
	}
}

// hide puts <secret> in the place of each.
func (s *secrets) hide(text string) string {
	all := slices.Clone(s.texts)
	for _, file := range s.files {
		// A file that cannot be read gives nothing away.
		if content, err := os.ReadFile(file); err == nil {
			held := &secrets{}
			held.add(strings.TrimSpace(string(content)), shortestSecret)
			held.address(strings.TrimSpace(string(content)))
			all = append(all, held.texts...)
		}
	}
	// Of two that begin at the same place the longer one goes first.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(all))
	for _, secret := range all {
		pairs = append(pairs, secret, hidden)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// discreet is a handler of log records that hides secrets in them: Alertmanager's
// packages log on their own.
type discreet struct {
	slog.Handler
	secrets *secrets
}

// Handle implements slog.Handler.
func (d discreet) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, d.secrets.hide(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(d.attribute(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (d discreet) WithAttrs(attributes []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, 0, len(attributes))
	for _, a := range attributes {
		clean = append(clean, d.attribute(a))
	}
	return discreet{d.Handler.WithAttrs(clean), d.secrets}
}

// WithGroup implements slog.Handler.
func (d discreet) WithGroup(name string) slog.Handler {
	return discreet{d.Handler.WithGroup(name), d.secrets}
}

func (d discreet) attribute(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString, slog.KindAny:
		text := value.String()
		if clean := d.secrets.hide(text); clean != text {
			return slog.String(a.Key, clean)
		}
	case slog.KindGroup:
		members := make([]slog.Attr, 0, len(value.Group()))
		for _, one := range value.Group() {
			members = append(members, d.attribute(one))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(members...)}
	default:
	}
	return slog.Attr{Key: a.Key, Value: value}
}
