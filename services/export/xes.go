package export

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// xesHead declares the extensions whose keys are used, and how a log is told apart
// into activities.
const xesHead = `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/></global>
<classifier name="Activity" keys="concept:name"/>
`

// XES writes a log: a trace for each case, an event for each event that counts.
// Fields of an event are attributes with their own names; the institution is its
// resource. Where only the day is known, precision says so.
func (x *Export) XES(w io.Writer, cases Cases) error {
	p := &xesWriter{w: w}
	p.raw(xesHead)
	for _, n := range x.About {
		p.attribute("string", "amparo:"+n.Name, n.Text)
	}
	for events, err := range cases() {
		if err != nil {
			return err
		}
		if len(events) == 0 {
			continue
		}
		p.raw("<trace>")
		p.attribute("string", "concept:name", x.pseudonym("case", events[0].Subject))
		for i := range events {
			e := &events[i]
			p.raw("<event>")
			p.attribute("string", "concept:name", e.Type)
			p.attribute("date", "time:timestamp", instant(e.At))
			p.attribute("date", "amparo:recorded", instant(e.RecordedAt))
			for _, a := range x.attributes(e) {
				if a.name == "institution" {
					a.name = "org:resource"
				}
				p.value(a)
			}
			p.raw("</event>")
		}
		p.raw("</trace>\n")
		if p.err != nil {
			break
		}
	}
	p.raw("</log>\n")
	if p.err != nil {
		return fmt.Errorf("write the log: %w", p.err)
	}
	return nil
}

// xesWriter remembers the first error.
type xesWriter struct {
	w   io.Writer
	err error
}

func (p *xesWriter) raw(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

func (p *xesWriter) attribute(kind, key, value string) {
	p.raw("<" + kind + ` key="` + escaped(key) + `" value="` + escaped(value) + `"/>`)
}

func (p *xesWriter) value(a attribute) {
	switch v := a.value.(type) {
	case bool:
		p.attribute("boolean", a.name, fmt.Sprint(v))
	case float64:
		p.attribute("float", a.name, fmt.Sprint(v))
	case []string:
		p.attribute("string", a.name, strings.Join(v, " "))
	default:
		p.attribute("string", a.name, fmt.Sprint(v))
	}
}

func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) //nolint:errcheck // A builder takes everything.
	return b.String()
}
