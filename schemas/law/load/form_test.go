package load

import (
	"encoding/json"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law"
)

// A key that a form does not know is refused although the program would read it, and
// one that the program does not read is refused although the form knows it: both
// have the same keys.
func TestFormsHaveTheKeysThatAreRead(t *testing.T) {
	for form, read := range map[string]reflect.Type{
		"catalogue": reflect.TypeFor[catalogueFile](), "duty": reflect.TypeFor[dutyFile](), "calendar": reflect.TypeFor[calendarFile](),
		"implications": reflect.TypeFor[[]law.Implication](), "causes": reflect.TypeFor[[]law.Cause](), "study": reflect.TypeFor[law.Study](),
		"words": reflect.TypeFor[map[string]law.Text](), "articles": reflect.TypeFor[[]law.Article](), "indicators": reflect.TypeFor[[]law.Indicator](),
	} {
		t.Run(form, func(t *testing.T) {
			inForm, inType := map[string]bool{}, map[string]bool{}
			f := forming{t, map[string]map[string]any{}}
			f.keys("", form+".json", f.file(form+".json"), inForm)
			typeKeys("", read, inType)
			if diff := cmp.Diff(slices.Sorted(maps.Keys(inType)), slices.Sorted(maps.Keys(inForm))); diff != "" {
				t.Errorf("keys (-read by the program +in form/%s.json):\n%s", form, diff)
			}
		})
	}
}

// An example reads itself: its form and its reader have the same keys too.
func TestTheFormOfAnExampleHasItsKeys(t *testing.T) {
	f := forming{t, map[string]map[string]any{}}
	defs, _ := f.file("common.json")["$defs"].(map[string]any)
	example, _ := defs["example"].(map[string]any)
	properties, _ := example["properties"].(map[string]any)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(exampleKeys(&law.Example{}))), slices.Sorted(maps.Keys(properties))); diff != "" {
		t.Errorf("keys (-read by the program +in form/common.json):\n%s", diff)
	}
}

// An editor tells a lawyer what each key means.
func TestEveryKeyOfAFormSaysWhatItMeans(t *testing.T) {
	var look func(path string, schema any)
	look = func(path string, schema any) {
		of, isSchema := schema.(map[string]any)
		if !isSchema {
			return
		}
		properties, _ := of["properties"].(map[string]any)
		for key, below := range properties {
			if meaning, _ := below.(map[string]any)["description"].(string); !strings.HasSuffix(meaning, ".") { //nolint:forcetypeassert // It is a schema.
				t.Errorf("%s.%s does not say what it means: %q", path, key, meaning)
			}
			look(path+"."+key, below)
		}
		for _, inside := range []string{"items", "additionalProperties"} {
			look(path, of[inside])
		}
		defs, _ := of["$defs"].(map[string]any)
		for name, def := range defs {
			look(path+"#"+name, def)
		}
	}
	names, err := fs.Glob(Forms(), "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no forms: %v", err)
	}
	f := forming{t, map[string]map[string]any{}}
	for _, name := range names {
		look(name, f.file(name))
	}
}

var readsItself = reflect.TypeFor[yaml.NodeUnmarshaler]()

// typeKeys notes the keys of a type, "a.b" for one below another.
func typeKeys(path string, of reflect.Type, keys map[string]bool) {
	if reflect.PointerTo(of).Implements(readsItself) {
		return
	}
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		typeKeys(path, of.Elem(), keys)
	case reflect.Struct:
		for field := range of.Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" {
				keys[path+name] = true
				typeKeys(path+name+".", field.Type, keys)
			}
		}
	}
}

type forming struct {
	t     *testing.T
	files map[string]map[string]any
}

func (f *forming) file(name string) map[string]any {
	f.t.Helper()
	if f.files[name] == nil {
		b, err := fs.ReadFile(Forms(), name)
		if err != nil {
			f.t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			f.t.Fatal(err)
		}
		f.files[name] = doc
	}
	return f.files[name]
}

// keys notes those of a schema that refuses all others: what it knows without
// refusing any reads itself.
func (f *forming) keys(path, file string, schema map[string]any, keys map[string]bool) {
	if ref, given := schema["$ref"].(string); given {
		name, definition, _ := strings.Cut(ref, "#/$defs/")
		if name == "" {
			name = file
		}
		defs, _ := f.file(name)["$defs"].(map[string]any)
		target, ok := defs[definition].(map[string]any)
		if !ok {
			f.t.Fatalf("%s: %s does not exist", file, ref)
		}
		f.keys(path, name, target, keys)
		return
	}
	for _, inside := range []string{"items", "additionalProperties"} {
		if below, ok := schema[inside].(map[string]any); ok && schema["type"] != nil {
			f.keys(path, file, below, keys)
		}
	}
	if schema["additionalProperties"] != false {
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, below := range properties {
		keys[path+name] = true
		f.keys(path+name+".", file, below.(map[string]any), keys) //nolint:forcetypeassert // It is a schema.
	}
}
