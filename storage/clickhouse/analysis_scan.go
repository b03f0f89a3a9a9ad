package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// find runs a question whose columns are not known beforehand, for reading alone. What
// was inspected has no settings of its own, so those it is given here are the ones that
// hold.
func (s *Store) find(ctx context.Context, sql string, arguments []any, limit int) (Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.QueryTimeout)
	defer cancel()
	rows, err := s.connection.Query(ctx, sql+"\nSETTINGS readonly = 2", arguments...)
	if err != nil {
		return Findings{}, err
	}
	defer rows.Close()
	found := Findings{Columns: rows.Columns()}
	types := rows.ColumnTypes()
	targets := make([]any, len(types))
	for i, each := range types {
		targets[i] = reflect.New(each.ScanType()).Interface()
	}
	for rows.Next() {
		if limit > 0 && len(found.Rows) == limit {
			found.More = true
			return found, nil
		}
		if err := rows.Scan(targets...); err != nil {
			return Findings{}, err
		}
		row := make([]any, len(targets))
		for i, target := range targets {
			if row[i], err = cell(types[i], reflect.ValueOf(target).Elem()); err != nil {
				return Findings{}, err
			}
		}
		found.Rows = append(found.Rows, row)
	}
	if err := rows.Err(); err != nil || len(found.Columns) > 0 {
		return found, err
	}
	found.Columns, err = s.columnNames(ctx, sql, arguments)
	return found, err
}

// columnNames asks what the columns of a question are called: over HTTP an answer
// without rows does not say.
func (s *Store) columnNames(ctx context.Context, sql string, arguments []any) ([]string, error) {
	rows, err := s.connection.Query(ctx, "DESCRIBE TABLE (\n"+sql+"\n)", arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		cells := make([]string, len(rows.Columns()))
		targets := make([]any, len(cells))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		names = append(names, cells[0])
	}
	return names, rows.Err()
}

// cell is a scanned value as a person or a program is given it. What is made of several
// values comes as JSON text.
func cell(column driver.ColumnType, value reflect.Value) (any, error) {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		if value.IsNil() {
			return nil, nil
		}
		value = value.Elem()
	}
	switch content := value.Interface().(type) {
	case time.Time:
		if strings.Contains(column.DatabaseTypeName(), "Date") && !strings.Contains(column.DatabaseTypeName(), "DateTime") {
			return content.Format(time.DateOnly), nil
		}
		return content, nil
	case float64:
		return number(content), nil
	case float32:
		return number(float64(content)), nil
	case string, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return content, nil
	case fmt.Stringer: // decimals, UUIDs, addresses, wide integers
		return content.String(), nil
	case []uint8: // numbers, not bytes
		wide := make([]uint16, len(content))
		for i, each := range content {
			wide[i] = uint16(each)
		}
		return cell(column, reflect.ValueOf(wide))
	default:
		text, err := json.Marshal(content)
		if err != nil {
			return nil, fmt.Errorf("column %s of type %s cannot be shown: %w", column.Name(), column.DatabaseTypeName(), err)
		}
		return string(text), nil
	}
}

// number is nil for what is none.
func number(value float64) any {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil
	}
	return value
}
