package store

import (
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// labels is a map as ClickHouse stores it: a list of pairs. The pairs are sorted,
// since the labels are part of a sorting key, and one set in two orders would be
// two rows.
type labels struct {
	keys   []string
	values map[string]string
}

func sortedLabels(values map[string]string) *labels {
	return &labels{slices.Sorted(maps.Keys(values)), values}
}

// Put implements column.IterableOrderedMap, for reading; labels are only
// written.
func (l *labels) Put(any, any) {}

// Iterator implements column.IterableOrderedMap.
func (l *labels) Iterator() column.MapIterator { return &labelIterator{of: l, at: -1} }

type labelIterator struct {
	of *labels
	at int
}

// Next implements column.MapIterator.
func (i *labelIterator) Next() bool {
	i.at++
	return i.at < len(i.of.keys)
}

// Key implements column.MapIterator.
func (i *labelIterator) Key() any { return i.of.keys[i.at] }

// Value implements column.MapIterator.
func (i *labelIterator) Value() any { return i.of.values[i.of.keys[i.at]] }
