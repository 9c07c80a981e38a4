package export

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"amparo/schemas/event"
)

// The types of objects.
const (
	caseObject        = "case"
	institutionObject = "institution"
	measureObject     = "measure"
)

type ocelType struct {
	Name       string         `json:"name"`
	Attributes []ocelTypeAttr `json:"attributes"`
}

type ocelTypeAttr struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type ocelEvent struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Time          string         `json:"time"`
	Attributes    []ocelAttr     `json:"attributes"`
	Relationships []ocelRelation `json:"relationships"`
}

type ocelAttr struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type ocelRelation struct {
	Object    string `json:"objectId"`
	Qualifier string `json:"qualifier"`
}

type ocelObject struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Attributes    []ocelObjAttr  `json:"attributes"`
	Relationships []ocelRelation `json:"relationships"`
}

type ocelObjAttr struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Time  string `json:"time"`
}

// OCEL writes an object-centric event log as OCEL 2.0 JSON. Its objects are cases,
// the institutions that acted in them, and measures; the cases are read twice, once
// for the objects and once for the events, so that neither is held in memory.
func (x *Export) OCEL(w io.Writer, cases Cases) error {
	p := &listWriter{w: w}
	p.raw("{")
	p.list("eventTypes")
	for _, t := range x.eventTypes() {
		p.item(t)
	}
	p.end()
	p.list("objectTypes")
	for _, name := range []string{caseObject, institutionObject, measureObject} {
		t := ocelType{Name: name, Attributes: []ocelTypeAttr{}}
		if name == institutionObject {
			t.Attributes = append(t.Attributes, ocelTypeAttr{"kind", "string"})
		}
		p.item(t)
	}
	p.end()
	if err := x.objects(p, cases); err != nil {
		return err
	}
	if err := x.events(p, cases); err != nil {
		return err
	}
	p.raw("}\n")
	if p.err != nil {
		return fmt.Errorf("write the log: %w", p.err)
	}
	return nil
}

// eventTypes declares every type of the catalogue with its fields.
func (x *Export) eventTypes() []ocelType {
	var out []ocelType
	for _, name := range x.Catalogue.Events.Names() {
		kind, _ := x.Catalogue.Events.Type(name)
		t := ocelType{Name: name, Attributes: []ocelTypeAttr{{"recorded", "time"}}}
		for _, field := range kind.Fields() {
			if field == "ubigeo" {
				field = "province"
			}
			t.Attributes = append(t.Attributes, ocelTypeAttr{field, "string"})
		}
		out = append(out, t)
	}
	return out
}

// objects writes each object once. Only the institutions are remembered: they are
// some thousands, however many cases there are.
func (x *Export) objects(p *listWriter, cases Cases) error {
	institutions := map[string]bool{}
	p.list("objects")
	for events, err := range cases() {
		if err != nil {
			return err
		}
		if len(events) == 0 {
			continue
		}
		p.item(ocelObject{x.pseudonym("case", events[0].Subject), caseObject, []ocelObjAttr{}, []ocelRelation{}})
		measures := map[string]bool{}
		for i := range events {
			e := &events[i]
			if name := e.Data.Text("institution"); name != "" && !institutions[name] {
				institutions[name] = true
				p.item(ocelObject{name, institutionObject, []ocelObjAttr{{"kind", e.Data.Text("institution_kind"), "1970-01-01T00:00:00.000Z"}}, []ocelRelation{}})
			}
			if ref := e.Data.Text("measure"); ref != "" {
				measures[x.measure(e)] = true
			}
		}
		for _, id := range slices.Sorted(maps.Keys(measures)) {
			p.item(ocelObject{id, measureObject, []ocelObjAttr{}, []ocelRelation{{x.pseudonym("case", events[0].Subject), "of case"}}})
		}
		if p.err != nil {
			break
		}
	}
	p.end()
	return nil
}

// measure names the measure of an event: references are those of their case.
func (x *Export) measure(e *event.Event) string {
	return x.pseudonym("measure", e.Subject+"\x00"+e.Data.Text("measure"))
}

func (x *Export) events(p *listWriter, cases Cases) error {
	p.list("events")
	n := 0
	for events, err := range cases() {
		if err != nil {
			return err
		}
		for i := range events {
			n++
			p.item(x.ocelEvent(n, &events[i]))
		}
		if p.err != nil {
			break
		}
	}
	p.end()
	return nil
}

func (x *Export) ocelEvent(n int, e *event.Event) ocelEvent {
	out := ocelEvent{
		ID: fmt.Sprintf("event-%d", n), Type: e.Type, Time: instant(e.At),
		Attributes:    []ocelAttr{{"recorded", instant(e.RecordedAt)}},
		Relationships: []ocelRelation{{x.pseudonym("case", e.Subject), "of case"}},
	}
	for _, a := range x.attributes(e) {
		value := fmt.Sprint(a.value)
		if list, ok := a.value.([]string); ok {
			value = strings.Join(list, " ")
		}
		out.Attributes = append(out.Attributes, ocelAttr{a.name, value})
	}
	if name := e.Data.Text("institution"); name != "" {
		out.Relationships = append(out.Relationships, ocelRelation{name, "done by"})
	}
	if e.Data.Text("measure") != "" {
		out.Relationships = append(out.Relationships, ocelRelation{x.measure(e), "about"})
	}
	return out
}

// listWriter writes lists in a JSON object item by item, and remembers the first
// error.
type listWriter struct {
	w     io.Writer
	lists int
	items int
	err   error
}

func (p *listWriter) raw(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

func (p *listWriter) list(name string) {
	if p.lists > 0 {
		p.raw(",\n")
	}
	p.lists, p.items = p.lists+1, 0
	p.raw(`"` + name + `":[`)
}

func (p *listWriter) item(v any) {
	if p.err != nil {
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		p.err = err
		return
	}
	if p.items > 0 {
		p.raw(",\n")
	}
	p.items++
	p.raw(string(text))
}

func (p *listWriter) end() { p.raw("]") }
