package importer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"amparo/schemas/law"
)

// A compiler turns a mapping as written into one that can be applied, and
// collects what is wrong with it.
type compiler struct {
	m    *Mapping
	name string
	doc  ast.Node
	at   string // where the part of the mapping stands that is compiled, with a dot behind
	errs []error
}

func newCompiler(name string, text []byte) (*compiler, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, yamlError(name, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, &law.FileError{File: name, Line: 1, Err: errors.New("the mapping is empty")}
	}
	return &compiler{m: &Mapping{}, name: name, doc: file.Docs[0].Body}, nil
}

// wrong notes an error at a dotted path of the mapping.
func (c *compiler) wrong(where, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	where = c.at + where
	c.errs = append(c.errs, &law.FileError{File: c.name, Line: c.line(where), Err: fmt.Errorf("%s: %w", where, err)})
}

// line is where a path stands, or the nearest part of it that is there. Event
// types have dots themselves, so keys are matched as prefixes of the path.
func (c *compiler) line(where string) int {
	node, line := c.doc, 1
	for where != "" {
		if list, ok := node.(*ast.SequenceNode); ok {
			item, rest, _ := strings.Cut(where, ".")
			i, err := strconv.Atoi(item)
			if err != nil || i >= len(list.Values) {
				break
			}
			node, where = list.Values[i], rest
			line = node.GetToken().Position.Line
			continue
		}
		entry, rest := find(node, where)
		if entry == nil {
			break
		}
		node, line, where = entry.Value, entry.Key.GetToken().Position.Line, rest
	}
	return line
}

// find returns the entry of a map whose key begins the path.
func find(node ast.Node, where string) (entry *ast.MappingValueNode, rest string) {
	m, ok := node.(ast.MapNode)
	if !ok {
		return nil, ""
	}
	for iter := m.MapRange(); iter.Next(); {
		key := iter.KeyValue().Key.GetToken().Value
		if rest, ok := strings.CutPrefix(where+".", key+"."); ok {
			return iter.KeyValue(), strings.TrimSuffix(rest, ".")
		}
	}
	return nil, ""
}

// column gives a column its place in the rows that the mapping reads; -1 for
// none.
func (c *compiler) column(name string) int {
	if name == "" {
		return -1
	}
	at := slices.Index(c.m.columns, name)
	if at < 0 {
		at = len(c.m.columns)
		c.m.columns = append(c.m.columns, name)
	}
	return at
}

func (c *compiler) cell(where, column, constant string) cell {
	if (column == "") == (constant == "") {
		c.wrong(where, "give either column or constant")
	}
	return cell{column: c.column(column), constant: constant}
}

// yamlError brings an error of the YAML decoder to the form of all others.
func yamlError(name string, err error) error {
	line := 0
	if located, ok := errors.AsType[yaml.Error](err); ok && located.GetToken() != nil {
		line = located.GetToken().Position.Line
	}
	// The decoder prints "[line:column] message" and then the source.
	message, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	if _, rest, ok := strings.Cut(message, "] "); ok && strings.HasPrefix(message, "[") {
		message = rest
	}
	return &law.FileError{File: name, Line: line, Err: errors.New(message)}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
