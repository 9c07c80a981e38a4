package stats

import (
	"cmp"
	"slices"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// observations are the rows of a file of times, column by column. Groups and strata are positions in their labels.
type observations struct {
	times, entries []float64 // Entries is nil when everyone was watched from the start.
	outcomes       []statistics.Outcome
	group, stratum []int
	groups, strata []string
}

// timeColumns names the columns of a file of times; nil means not given.
type timeColumns struct {
	time, event           string
	entry, group, stratum *string
	largestCode           float64
}

// timesReader gathers observations row by row.
type timesReader struct {
	observations
	entryAt, groupAt, stratumAt int // Positions of the optional columns, −1 where not given.
	largestCode                 float64
	groupLabels, stratumLabels  labels
	missing, empty              int // Rows left out for a missing cell, or for an entry not before the time.
}

// readTimes reads a file of times, aligns instants that differ by rounding only and leaves out, with a warning, rows
// with a missing cell and rows whose entry is not before their time.
func (p presentation) readTimes(path string, wanted timeColumns, streams *command.Streams) (*observations, error) {
	source := &file{path: path, columns: []string{wanted.time, wanted.event}, lang: p.Lang}
	position := func(name *string) int {
		if name == nil {
			return -1
		}
		source.columns = append(source.columns, *name)
		return len(source.columns) - 1
	}
	reader := timesReader{
		entryAt: position(wanted.entry), groupAt: position(wanted.group), stratumAt: position(wanted.stratum),
		largestCode: wanted.largestCode,
	}
	if err := source.each(reader.add); err != nil {
		return nil, err
	}
	// In a fixed order, so that the order of the rows does not even change the last digit.
	reader.groups, reader.strata = reader.groupLabels.sorted(reader.group), reader.stratumLabels.sorted(reader.stratum)
	reader.empty += reader.align()
	if len(reader.times) == 0 {
		return nil, source.noRows()
	}
	p.leftOut(streams, reader.missing)
	if reader.empty > 0 {
		p.warn(streams, "filas excluidas porque la entrada no es anterior al tiempo: %d",
			"rows left out because the entry is not before the time: %d", reader.empty)
	}
	return &reader.observations, nil
}

// add checks one row and keeps it, or counts it as left out.
func (t *timesReader) add(r row) error {
	if r.missing() {
		t.missing++
		return nil
	}
	time, err := r.time(0)
	if err != nil {
		return err
	}
	code, err := r.code(1, t.largestCode)
	if err != nil {
		return err
	}
	if t.entryAt >= 0 {
		entry, err := r.time(t.entryAt)
		if err != nil {
			return err
		}
		if entry >= time {
			t.empty++
			return nil
		}
		t.entries = append(t.entries, entry)
	}
	group, err := t.groupLabels.position(r, t.groupAt)
	if err != nil {
		return err
	}
	stratum, err := t.stratumLabels.position(r, t.stratumAt)
	if err != nil {
		return err
	}
	t.times = append(t.times, time)
	t.outcomes = append(t.outcomes, statistics.Outcome(code))
	t.group = append(t.group, group)
	t.stratum = append(t.stratum, stratum)
	return nil
}

// align makes one instant of those that differ by rounding, and drops and counts the rows that this leaves empty.
func (o *observations) align() (dropped int) {
	if o.entries == nil {
		statistics.AlignTimes(o.times)
		return 0
	}
	statistics.AlignTimes(o.times, o.entries)
	kept := 0
	for i := range o.times {
		if o.entries[i] >= o.times[i] {
			continue
		}
		o.times[kept], o.entries[kept], o.outcomes[kept] = o.times[i], o.entries[i], o.outcomes[i]
		o.group[kept], o.stratum[kept] = o.group[i], o.stratum[i]
		kept++
	}
	dropped = len(o.times) - kept
	o.times, o.entries, o.outcomes = o.times[:kept], o.entries[:kept], o.outcomes[:kept]
	o.group, o.stratum = o.group[:kept], o.stratum[:kept]
	return dropped
}

// tables sorts the rows into one life table for each value of a key from 0 to n − 1.
func (o *observations) tables(n int, key func(i int) int) ([]statistics.LifeTable, error) {
	parts := make([][]statistics.Observation, n)
	for i, time := range o.times {
		row := statistics.Observation{Time: time, Outcome: o.outcomes[i], Count: 1}
		if o.entries != nil {
			row.Entry = o.entries[i]
		}
		k := key(i)
		parts[k] = append(parts[k], row)
	}
	tables := make([]statistics.LifeTable, n)
	for k, part := range parts {
		table, err := statistics.Tabulate(part)
		if err != nil {
			return nil, refused(err)
		}
		tables[k] = table
	}
	return tables, nil
}

// labels numbers the distinct texts of a column in the order of their first appearance.
type labels struct {
	names []string
	at    map[string]int
}

// position is the number of a row's label; without a column everyone has the same one.
func (l *labels) position(r row, column int) (int, error) {
	name := "all"
	if column >= 0 {
		var err error
		if name, err = r.label(column); err != nil {
			return 0, err
		}
	}
	if at, known := l.at[name]; known {
		return at, nil
	}
	if l.at == nil {
		l.at = map[string]int{}
	}
	l.at[name] = len(l.names)
	l.names = append(l.names, name)
	return len(l.names) - 1, nil
}

// sorted gives the labels in ascending order, by value when all are numbers, else by code point, and renumbers a column
// of positions accordingly.
func (l *labels) sorted(column []int) []string {
	values := make(map[string]float64, len(l.names))
	numeric := true
	for _, name := range l.names {
		v, ok := parseNumber(name)
		values[name], numeric = v, numeric && ok
	}
	names := slices.Clone(l.names)
	slices.SortFunc(names, func(a, b string) int {
		if numeric && values[a] != values[b] {
			return cmp.Compare(values[a], values[b])
		}
		return cmp.Compare(a, b)
	})
	rank := make([]int, len(names))
	for i, name := range names {
		rank[l.at[name]] = i
	}
	for i, position := range column {
		column[i] = rank[position]
	}
	return names
}
