package main

import (
	"reflect"
	"strings"
)

// secret stands in the place of passwords, communities and keys.
const secret = "(set)"

// hideSecrets replaces every password, community and key of a configuration. What is one
// follows from its key, so that a room which gets another needs nothing here.
func hideSecrets(config *Config) { hide(reflect.ValueOf(config).Elem(), false) }

func hide(value reflect.Value, hidden bool) {
	switch value.Kind() {
	case reflect.String:
		if hidden && value.Len() > 0 {
			value.SetString(secret)
		}
	case reflect.Pointer:
		if !value.IsNil() {
			hide(value.Elem(), hidden)
		}
	case reflect.Slice:
		for i := range value.Len() {
			hide(value.Index(i), hidden)
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if field := value.Type().Field(i); field.IsExported() {
				hide(value.Field(i), hidden || isSecret(field.Tag.Get("yaml")))
			}
		}
	default: // no other kind has a key with a text
	}
}

// isSecret says whether what stands under a key lets its reader in.
func isSecret(key string) bool {
	key, _, _ = strings.Cut(key, ",")
	if strings.HasPrefix(key, "public_") {
		return false
	}
	return strings.HasSuffix(key, "password") || strings.HasSuffix(key, "_key") || strings.HasSuffix(key, "_keys") || key == "community" || key == "communities" ||
		key == "heartbeat" // whoever has its address may send one
}
