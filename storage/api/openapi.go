package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mimamori/storage/report"
)

type object = map[string]any

// describe makes the OpenAPI 3.1 document of the routes and the parameters.
func (a *API) describe() ([]byte, error) {
	paths := object{}
	for _, route := range routes {
		operations, ok := paths[route.path].(object)
		if !ok {
			operations = object{}
			paths[route.path] = operations
		}
		operation, err := a.operation(route)
		if err != nil {
			return nil, err
		}
		operations[strings.ToLower(route.method)] = operation
	}
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "mimamori",
			"version":     "1",
			"description": "Availability, utilization, voice quality and the log of networks that are watched over. A missing figure is null and never stands for zero.",
		},
		"servers":  []object{{"url": "/"}},
		"security": []object{{"token": []string{}}},
		"paths":    paths,
		"components": object{
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "A token of the server's configuration."}},
			"schemas":         object{"Problem": problemSchema()},
			"responses":       problemResponses(),
		},
	}, "", "  ")
}

func (a *API) operation(route *route) (object, error) {
	described := []object{}
	for _, each := range parameters {
		if slices.Contains(route.parameters, each.name) {
			described = append(described, object{"name": each.name, "in": "query", "description": each.description, "schema": each.schema(a, route)})
		}
	}
	if len(described) != len(route.parameters) {
		return nil, fmt.Errorf("%s %s takes a parameter that there is none of: %q", route.method, route.path, route.parameters)
	}
	responses := object{}
	for status := range problemTypes {
		if status == http.StatusRequestEntityTooLarge || status == http.StatusUnsupportedMediaType {
			if route.do == nil {
				continue
			}
		}
		responses[strconv.Itoa(status)] = object{"$ref": "#/components/responses/" + problemTypes[status][0]}
	}
	operation := object{"operationId": route.name, "summary": route.summary, "parameters": described, "responses": responses,
		"description": "The token must be allowed to " + route.may + "."}
	if route.do != nil {
		operation["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": route.body}}}
		responses["201"] = object{"description": "It is stored as it says.", "content": object{"application/json": object{"schema": route.body}}}
		return operation, nil
	}
	responses["200"] = object{
		"description": "The answer.",
		"headers": object{"Mimamori-Truncated": object{"description": "true where there are more rows than limit.",
			"schema": object{"type": "string", "enum": []string{"true"}}}},
		"content": object{
			"application/json":   object{"schema": answerSchema(route)},
			"text/csv":           object{"schema": object{"type": "string", "description": "The rows under their column names (RFC 4180); a missing figure is an empty field."}},
			report.MediaTypeXLSX: object{"schema": object{"type": "string", "contentEncoding": "binary", "description": "A workbook: rows, their details, and what it is about."}},
		},
	}
	return operation, nil
}

// answerSchema is that of an answer in JSON.
func answerSchema(route *route) object {
	shape := route.shape()
	properties := columnSchemas(route.name, shape.Columns)
	for _, details := range shape.Details {
		behind := columnSchemas(route.name+"."+details.Name, details.Columns)
		properties[details.Name] = object{"type": "array", "description": details.Heading, "items": object{"type": "object", "properties": behind}}
	}
	at := object{"type": "string", "format": "date-time"}
	return object{
		"type": "object", "required": []string{"from", "to", "rows"},
		"properties": object{
			"from": at, "to": at,
			"rows":  object{"type": "array", "items": object{"type": "object", "properties": properties}},
			"notes": object{"type": "array", "items": object{"type": "string"}, "description": "What a reader must know of the whole."},
		},
	}
}

// columnSchemas are those of the cells of a row. A column of which nothing is said may
// be anything: a test lets none through.
func columnSchemas(of string, columns []string) object {
	properties := object{}
	for _, name := range columns {
		known, ok := report.ColumnOf(of, name)
		switch {
		case !ok:
			properties[name] = object{}
		case known.Kind == report.Moments:
			properties[name] = object{"type": []string{report.Texts, "null"}, "format": report.Moments, "description": known.Meaning}
		default:
			properties[name] = object{"type": []string{known.Kind, "null"}, "description": known.Meaning}
		}
	}
	return properties
}

func problemSchema() object {
	text := object{"type": "string"}
	return object{
		"type": "object", "required": []string{"type", "title", "status", "instance"},
		"description": "Problem details of RFC 9457.",
		"properties": object{
			"type":     object{"type": "string", "format": "uri", "description": "urn:mimamori:problem: and the name of the response."},
			"title":    text,
			"status":   object{"type": "integer"},
			"detail":   text,
			"instance": object{"type": "string", "format": "uri", "description": "urn:mimamori:request: and the id of the request in the server's log."},
			"errors": object{"type": "array", "description": "What is wrong, for each parameter or member of the body.",
				"items": object{"type": "object", "required": []string{"parameter", "reason"}, "properties": object{"parameter": text, "reason": text}}},
		},
	}
}

func problemResponses() object {
	responses := object{}
	for status, known := range problemTypes {
		response := object{
			"description": known[1],
			"content":     object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
		}
		if name, meaning := problemHeader(status); name != "" {
			response["headers"] = object{name: object{"description": meaning, "schema": object{"type": "string"}}}
		}
		responses[known[0]] = response
	}
	return responses
}

// problemHeader is the header that goes with a status.
func problemHeader(status int) (name, meaning string) {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "WWW-Authenticate", "How to show a token (RFC 6750)."
	case http.StatusMethodNotAllowed:
		return "Allow", "The methods there are."
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "Retry-After", "Seconds after which to ask again."
	}
	return "", ""
}
