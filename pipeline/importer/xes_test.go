package importer

import (
	"strings"
	"testing"
)

// xes puts traces into a log with what real logs have before them.
func xes(traces string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="event"><string key="number" value="unknown"/></global>
<classifier name="Activity" keys="activity"/>
<int key="total" value="2"><int key="number" value="7"><string key="case" value="x"/></int></int>
` + traces + `
</log>
`
}

// logged is plain for a log, where the case is an attribute of the trace.
var logged = strings.Replace(plain, "subject: {column: case}", `subject: {column: "case:concept:name"}`, 1)

const report = `<event>
	<string key="activity" value="Report"><string key="number" value="nested"/></string>
	<id key="number" value="1"/>
	<date key="when" value="2024-03-01T15:15:00.000+00:00"/>
	<date key="entered" value="2024-03-01T10:40:00-05:00"/>
	<string key="via" value=" Comisaría "/><boolean key="urgent" value="true"/><float key="age" value="31.5"/>
	<string key="kinds" value="physical+economic"/>
	<string key="name" value="Quispe &amp; Ana"/><list key="via"><values/></list>
</event>`

const decision = `<event><string key="activity" value="Decision"/><string key="number" value="2"/><date key="when" value="2024-03-02"/></event>`

func TestLogsBecomeEvents(t *testing.T) {
	named := `<trace><string key="concept:name" value="c-1"/>`
	inUTC := strings.Replace(first, "2024-03-01T10:15:00-05:00", "2024-03-01T15:15:00Z", 1)
	m := mapping(t, logged)
	want := outcome{Events: []string{"7: " + inUTC, "16: " + second}}
	log := xes(named + report + "\n" + decision + `</trace>`)
	t.Run("in one trace", func(t *testing.T) { same(t, run(t, "a.xes", strings.NewReader(log), m), want) })
	t.Run("packed", func(t *testing.T) { same(t, run(t, "a.xes.gz", packed(t, log), m), want) })
	t.Run("in another encoding", func(t *testing.T) {
		latin := strings.NewReplacer("UTF-8", "ISO-8859-1", "í", "\xed").Replace(log)
		same(t, run(t, "a.xes", strings.NewReader(latin), m), want)
	})
	t.Run("outside of traces", func(t *testing.T) {
		outside := strings.Replace(decision, "<event>", `<event><string key="case:concept:name" value="c-1"/>`, 1)
		same(t, run(t, "a.xes", strings.NewReader(xes(outside)), m), outcome{Events: []string{"7: " + second}})
	})
	t.Run("without the trace before", func(t *testing.T) {
		got := run(t, "a.xes", strings.NewReader(xes(named+decision+"</trace><trace>\n"+decision+"</trace>")), m)
		same(t, got, outcome{
			Events:   []string{"7: " + second},
			Refusals: []string{"8: missing in subject: the cell of column case:concept:name is empty"},
		})
	})
	t.Run("with an attribute twice", func(t *testing.T) {
		twice := strings.Replace(decision, `<string key="number" value="2"/>`, `<string key="number" value="2"/><string key="number" value="3"/>`, 1)
		got := run(t, "a.xes", strings.NewReader(xes(named+twice+"\n"+decision+"</trace>")), m)
		same(t, got, outcome{
			Events:   []string{"8: " + second},
			Refusals: []string{"7: bad-value: the event has the attribute number twice"},
		})
	})
}

func TestBrokenLogs(t *testing.T) {
	good := `<trace><string key="concept:name" value="c-1"/>` + decision + "</trace>\n"
	for _, test := range []struct {
		name, log, want string
		events          int
	}{
		{"not a log", "<html><body/></html>", "line 1: not an event log: expected XML that begins with <log>", 0},
		{"not XML", "case,number\nc-1,1\n", "line 3: the file is empty", 0},
		{"cut off after an event", xes(good)[:strings.Index(xes(good), "</trace>")], "line 7: the log is cut off: </log> is missing", 1},
		{"cut off in a tag", xes(good)[:strings.Index(xes(good), "</trace>")-5], "line 7: the log is cut off: </log> is missing", 0},
		{"crossed tags", xes(good + "<trace></event>"), "line 8: broken XML: element <trace> closed by </event>", 1},
		{"an unknown entity", xes(good + `<trace><string key="a" value="&file;"/></trace>`), "line 8: broken XML: invalid character entity &file;", 1},
		{"a trace in a trace", xes(good + "<trace><trace/></trace>"), "line 8: <trace> is out of place", 1},
		{"an event in an attribute", xes(good + `<trace><string key="a" value="b"><event/></string></trace>`), "line 8: <event> is out of place", 1},
		{"the name of a trace after its events", xes(good + "<trace>" + decision + `<string key="concept:name" value="c-2"/></trace>`),
			`line 8: the attribute "case:concept:name" of a trace comes after its events, which need it`, 1},
		{"two logs", xes(good) + "<log/>", "line 10: something follows the end of the log", 1},
		{"an encoding that is not read", strings.Replace(xes(good), "UTF-8", "UTF-16", 1), `the encoding "UTF-16" is not read; save the log as UTF-8`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, "a.xes", strings.NewReader(test.log), mapping(t, logged))
			if !strings.Contains(got.End, test.want) || len(got.Events) != test.events {
				t.Errorf("got %+v, want %d events and an end with %q", got, test.events, test.want)
			}
		})
	}
	t.Run("nested without end is read without a deep stack", func(t *testing.T) {
		log := "<log>" + strings.Repeat("<string>", 200_000)
		if got := run(t, "a.xes", strings.NewReader(log), mapping(t, logged)); !strings.Contains(got.End, "cut off") {
			t.Errorf("got %+v", got)
		}
	})
}
