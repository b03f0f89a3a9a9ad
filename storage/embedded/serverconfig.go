package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// The engine's own configuration is written anew at each start. Caches and pools are
// for a small machine; the engine's logs of itself are off because they would be
// most of what it writes when little is polled.
var serverTemplate = template.Must(template.New("server").Parse(`<clickhouse>
  <users_config>{{.Users}}</users_config>
  <timezone>UTC</timezone>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
    <table_engines_require_grant>true</table_engines_require_grant>
  </access_control_improvements>
  <max_server_memory_usage>{{.MemoryLimit}}</max_server_memory_usage>
  <max_server_memory_usage_to_ram_ratio>0.9</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>{{.Cache}}</mark_cache_size>
  <index_mark_cache_size>{{.Cache}}</index_mark_cache_size>
  <primary_index_cache_size>{{.Cache}}</primary_index_cache_size>
  <query_condition_cache_size>{{.Cache}}</query_condition_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <mmap_cache_size>64</mmap_cache_size>
  <compiled_expression_cache_size>8388608</compiled_expression_cache_size>
  <vector_similarity_index_cache_size>0</vector_similarity_index_cache_size>
  <text_index_tokens_cache_size>{{.Cache}}</text_index_tokens_cache_size>
  <text_index_header_cache_size>{{.Cache}}</text_index_header_cache_size>
  <text_index_postings_cache_size>{{.Cache}}</text_index_postings_cache_size>
  <background_pool_size>{{.Threads}}</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <tables_loader_foreground_pool_size>{{.Threads}}</tables_loader_foreground_pool_size>
  <tables_loader_background_pool_size>{{.Threads}}</tables_loader_background_pool_size>
  <max_thread_pool_size>500</max_thread_pool_size>
  <max_thread_pool_free_size>16</max_thread_pool_free_size>
  <max_io_thread_pool_size>16</max_io_thread_pool_size>
  <max_io_thread_pool_free_size>0</max_io_thread_pool_free_size>
  <merge_tree>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <max_bytes_to_merge_at_max_space_in_pool>21474836480</max_bytes_to_merge_at_max_space_in_pool>
    <merge_max_block_size_bytes>8388608</merge_max_block_size_bytes>
  </merge_tree>
</clickhouse>
`))

// profiled are the settings of the profile below.
var profiled = []string{
	"async_insert", "max_threads", "max_insert_threads", "max_memory_usage", "max_bytes_before_external_group_by", "max_bytes_before_external_sort",
	"max_insert_block_size", "log_queries", "memory_profiler_step", "query_profiler_real_time_period_ns", "query_profiler_cpu_time_period_ns",
}

// Whatever is not granted is refused: with SOURCES missing, no query can read or
// write a file, a URL or another server.
var usersTemplate = template.Must(template.New("users").Parse(`<clickhouse>
  <profiles>
    <default>
      <async_insert>0</async_insert>
      <max_threads>{{.Threads}}</max_threads>
      <max_insert_threads>1</max_insert_threads>
      <max_memory_usage>{{.QueryMemory}}</max_memory_usage>
      <max_bytes_before_external_group_by>{{.Spill}}</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>{{.Spill}}</max_bytes_before_external_sort>
      <max_insert_block_size>1048576</max_insert_block_size>
      <log_queries>0</log_queries>
      <memory_profiler_step>0</memory_profiler_step>
      <query_profiler_real_time_period_ns>0</query_profiler_real_time_period_ns>
      <query_profiler_cpu_time_period_ns>0</query_profiler_cpu_time_period_ns>
      <constraints>
        <async_insert><const/></async_insert>
      </constraints>
    </default>
  </profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
{{- range .Grants}}
        <query>GRANT {{.}}</query>
{{- end}}
      </grants>
    </default>
  </users>
  <quotas><default></default></quotas>
</clickhouse>
`))

// tableEngines are the table engines that clients may use.
var tableEngines = []string{
	"MergeTree", "ReplacingMergeTree", "SummingMergeTree", "AggregatingMergeTree", "CollapsingMergeTree",
	"VersionedCollapsingMergeTree", "CoalescingMergeTree", "Memory", "Null", "Merge", "Join", "Set", "View", "MaterializedView",
}

// needed is what the engine's own server does with the rights of its clients.
const needed = "CREATE DATABASE, KILL QUERY ON *.*"

func grants(asked []string) []string {
	if len(asked) > 0 {
		return append([]string{needed}, asked...)
	}
	list := []string{
		"SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE DICTIONARY, " +
			"CREATE TEMPORARY TABLE, DROP, TRUNCATE, OPTIMIZE, UNDROP TABLE, dictGet, KILL QUERY ON *.*",
	}
	for _, engine := range tableEngines {
		list = append(list, "TABLE ENGINE ON "+engine)
	}
	return list
}

// writeServerConfig writes the engine's configuration and returns its path.
func writeServerConfig(directory string, config ServeConfig) (string, error) {
	values := struct {
		Users                                  string
		MemoryLimit, QueryMemory, Spill, Cache int64
		Threads                                int
		Grants                                 []string
	}{
		Users:       filepath.Join(directory, "users.xml"),
		MemoryLimit: config.MemoryLimit,
		QueryMemory: config.MemoryLimit * 3 / 4,
		Spill:       config.MemoryLimit / 4,
		Cache:       config.MemoryLimit / 32,
		Threads:     config.Threads,
		Grants:      grants(config.Grants),
	}
	server := filepath.Join(directory, "server.xml")
	for path, source := range map[string]*template.Template{server: serverTemplate, values.Users: usersTemplate} {
		var text strings.Builder
		if err := source.Execute(&text, values); err != nil {
			return "", fmt.Errorf("writing the engine's configuration %s: %w", path, err)
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			return "", fmt.Errorf("writing the engine's configuration: %w", err)
		}
	}
	return server, nil
}
