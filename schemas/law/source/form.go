package source

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Forms are what files have to look like: a JSON Schema each, which completes in an
// editor as well. What a schema cannot say the loader checks.
type Forms struct {
	compiler *jsonschema.Compiler
}

// ReadForms reads the schemas of a folder.
func ReadForms(fsys fs.FS, dir string) (*Forms, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list forms: %w", err)
	}
	forms := &Forms{jsonschema.NewCompiler()}
	for _, name := range names {
		file, err := fsys.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open form %s: %w", name, err)
		}
		doc, err := jsonschema.UnmarshalJSON(file)
		if err == nil {
			err = forms.compiler.AddResource(formURL(path.Base(name)), doc)
		}
		if err := file.Close(); err != nil {
			return nil, fmt.Errorf("close form %s: %w", name, err)
		}
		if err != nil {
			return nil, fmt.Errorf("read form %s: %w", name, err)
		}
	}
	return forms, nil
}

func formURL(name string) string { return "amparo:///form/" + name }

// check refuses what does not have the form of that name.
func (forms *Forms) check(d *document, form string, root ast.Node) error {
	schema, err := forms.compiler.Compile(formURL(form + ".json"))
	if err != nil {
		return fmt.Errorf("compile form %s: %w", form, err)
	}
	if err := schema.Validate(plain(root)); err != nil {
		invalid, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // The library returns it as it is.
		if !ok {
			return fmt.Errorf("check form %s: %w", form, err)
		}
		forms.report(d, root, invalid)
	}
	return nil
}

// report says what is wrong where it is, for each of the innermost errors.
func (forms *Forms) report(d *document, root ast.Node, invalid *jsonschema.ValidationError) {
	for _, cause := range invalid.Causes {
		forms.report(d, root, cause)
	}
	at, node := locate(root, invalid.InstanceLocation)
	if len(invalid.Causes) > 0 || node.Type() == ast.NullType {
		return
	}
	switch wrong := invalid.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range wrong.Properties {
			d.Report(Below(at, key), "unknown key %q: expected one of %s", key, strings.Join(forms.keys(invalid.SchemaURL), ", "))
		}
	case *kind.Type:
		d.Report(at, "expected %s, found %s", typeWords[wrong.Want[0]], Found(node))
	case *kind.Enum:
		var choices []string
		for _, choice := range wrong.Want {
			choices = append(choices, fmt.Sprint(choice))
		}
		d.choices.Report(at, "%s is %s, expected %s", KeyOf(at), Found(node), orWords(choices))
	case *kind.Pattern:
		d.Report(at, "there is no text: give one or leave %q out", KeyOf(at))
	default:
		d.Report(at, "%s", strings.TrimSpace(invalid.Error()))
	}
}

// keys are those that a schema knows.
func (forms *Forms) keys(url string) []string {
	schema, err := forms.compiler.Compile(url)
	if err != nil {
		return nil // It was compiled to find the error.
	}
	return slices.Sorted(maps.Keys(schema.Properties))
}

// typeWords are the types of JSON Schema in words.
var typeWords = map[string]string{
	"object": "a map of keys and values", "array": "a list", "string": "text (a number needs quotes to be one)",
	"boolean": "true or false", "integer": "a whole number", "number": "a number",
}

// orWords lists choices: "a, b or c".
func orWords(choices []string) string {
	last := len(choices) - 1
	if last == 0 {
		return choices[0]
	}
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

// plain is a node as JSON has it. What else is wrong with it is said elsewhere.
func plain(node ast.Node) any {
	switch node := node.(type) {
	case ast.MapNode:
		out := map[string]any{}
		for entries := node.MapRange(); entries.Next(); {
			out[entries.Key().GetToken().Value] = plain(entries.Value())
		}
		return out
	case *ast.SequenceNode:
		out := make([]any, len(node.Values))
		for i, value := range node.Values {
			out[i] = plain(value)
		}
		return out
	case *ast.BoolNode:
		return node.Value
	case *ast.IntegerNode:
		return json.Number(fmt.Sprint(node.Value))
	case *ast.FloatNode:
		return node.Value
	case *ast.StringNode:
		return node.Value
	case *ast.LiteralNode:
		return node.Value.Value
	}
	return nil
}

// locate finds a node by its keys and positions, and its path.
func locate(node ast.Node, keys []string) (string, ast.Node) {
	at := ""
	for _, key := range keys {
		switch of := node.(type) {
		case ast.MapNode:
			for entries := of.MapRange(); entries.Next(); {
				if entries.Key().GetToken().Value == key {
					at, node = Below(at, key), entries.Value()
					break
				}
			}
		case *ast.SequenceNode:
			for i, value := range of.Values {
				if fmt.Sprint(i) == key {
					at, node = Item(at, i), value
				}
			}
		}
	}
	return at, node
}
