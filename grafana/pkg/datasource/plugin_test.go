package datasource

import (
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

// grafana drives the built program as Grafana does: it starts it, shakes hands with it
// and speaks the plugin protocol over the socket that it names.
type grafana struct {
	data        grpcplugin.DataClient
	resources   grpcplugin.ResourceClient
	diagnostics grpcplugin.DiagnosticsClient
}

func startGrafana(t *testing.T) *grafana {
	t.Helper()
	program := filepath.Join(t.TempDir(), "gpx_mimamori")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "mimamori/grafana/pkg").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, output)
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd: exec.Command(program),
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"data": &grpcplugin.DataGRPCPlugin{}, "resource": &grpcplugin.ResourceGRPCPlugin{}, "diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.New(&hclog.LoggerOptions{Output: io.Discard}),
	})
	t.Cleanup(client.Kill)
	protocol, err := client.Client()
	if err != nil {
		t.Fatalf("shake hands with the program: %v", err)
	}
	return &grafana{
		data:        dispensed[grpcplugin.DataClient](t, protocol, "data"),
		resources:   dispensed[grpcplugin.ResourceClient](t, protocol, "resource"),
		diagnostics: dispensed[grpcplugin.DiagnosticsClient](t, protocol, "diagnostics"),
	}
}

func dispensed[T any](t *testing.T, protocol plugin.ClientProtocol, name string) T {
	t.Helper()
	raw, err := protocol.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	client, ok := raw.(T)
	if !ok {
		t.Fatalf("%s is a %T", name, raw)
	}
	return client
}

// caller is who asks: an organisation, perhaps a user, with a data source as it is set.
type caller struct {
	org      int64
	nobody   bool // no user, as under alerting
	alert    bool
	settings backend.DataSourceInstanceSettings
}

func (c caller) context() *pluginv2.PluginContext {
	context := &pluginv2.PluginContext{
		OrgId: c.org, PluginId: PluginID,
		DataSourceInstanceSettings: &pluginv2.DataSourceInstanceSettings{
			Uid: c.settings.UID, Name: c.settings.Name, JsonData: c.settings.JSONData,
			DecryptedSecureJsonData: c.settings.DecryptedSecureJSONData, LastUpdatedMS: c.settings.Updated.UnixMilli(),
		},
	}
	if !c.nobody {
		context.User = &pluginv2.User{Login: "noc", Role: "Viewer"}
	}
	return context
}

// answered is what one query came to.
type answered struct {
	*pluginv2.DataResponse
	frames data.Frames
}

// query asks the queries of a panel in one request, as Grafana does, and returns the
// answers in their order.
func (g *grafana) query(t *testing.T, who caller, queries ...backend.DataQuery) []answered {
	t.Helper()
	request := &pluginv2.QueryDataRequest{PluginContext: who.context(), Headers: map[string]string{}}
	if who.alert {
		request.Headers[backend.FromAlertHeaderName] = "true"
	}
	for i, q := range queries {
		request.Queries = append(request.Queries, &pluginv2.DataQuery{
			RefId: strconv.Itoa(i), MaxDataPoints: q.MaxDataPoints, IntervalMS: 60_000, Json: q.JSON,
			TimeRange: &pluginv2.TimeRange{FromEpochMS: q.TimeRange.From.UnixMilli(), ToEpochMS: q.TimeRange.To.UnixMilli()},
		})
	}
	answer, err := g.data.QueryData(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]answered, len(queries))
	for i := range queries {
		response := answer.Responses[strconv.Itoa(i)]
		if response == nil {
			t.Fatalf("query %d has no answer", i)
		}
		frames, err := data.UnmarshalArrowFrames(response.Frames)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = answered{response, frames}
	}
	return all
}

// resource reads a path and returns the whole of its answer.
func (g *grafana) resource(t *testing.T, who caller, address string) (status int, headers http.Header, body string) {
	t.Helper()
	path, _, _ := strings.Cut(address, "?")
	request := &pluginv2.CallResourceRequest{PluginContext: who.context(), Path: path, Url: address, Method: http.MethodGet, Headers: map[string]*pluginv2.StringList{}}
	if who.alert {
		request.Headers[backend.FromAlertHeaderName] = &pluginv2.StringList{Values: []string{"true"}}
	}
	stream, err := g.resources.CallResource(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	headers = http.Header{}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return status, headers, body
		}
		if err != nil {
			t.Fatal(err)
		}
		if status == 0 {
			status = int(part.Code)
		}
		for name, values := range part.Headers {
			headers[name] = values.Values
		}
		body += string(part.Body)
	}
}

func (g *grafana) health(t *testing.T, who caller) *pluginv2.CheckHealthResponse {
	t.Helper()
	answer, err := g.diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: who.context()})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
