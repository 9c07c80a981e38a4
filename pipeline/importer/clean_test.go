package importer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wide is a mapping of a table in which one row tells of several events.
const wide = `
source: urn:test:registry
subject: {column: dni, pseudonym: true}
id: {column: number}
time: {column: reported, zone: America/Lima}
clean:
  place: {pad: 6}
  via: {case: lower, trim: ".", empty: ["-", n/d], values: {pnp: police}}
skip_rows:
  - {column: void, is: [SI]}
  - {column: reported, empty: true}
data:
  ubigeo: {column: place}
events:
  - name: report
    type: {constant: report.received}
    data: {channel: {column: via, optional: true}}
  - name: decision
    when: [{column: decided, empty: false}, {column: outcome, not: [PENDIENTE]}]
    type: {constant: measures.decided}
    time: {column: decided, zone: America/Lima}
    data:
      outcome: {column: outcome, values: {SI: granted, NO: denied}}
      hours: {column: days, type: number, decimal: ",", factor: 24, optional: true}
`

const wideRows = `dni,number,reported,decided,outcome,via,place,void,days
45678912,1,2024-03-01,2024-03-02,SI,PNP.,40101,,"1,5"
45678912,2,2024-03-03,,,-,040101,,
45678913,3,2024-03-04,2024-03-05,PENDIENTE,N/D,40101,NO,
45678914,4,2024-03-04,,,PNP,40101,SI,
45678915,5,,,,PNP,40101,,
45678916,6,2024-03-04,2024-03-05,TALVEZ,PNP,40101,,
`

var secret = []byte("a key of at least 16 bytes")

func TestARowTellsOfSeveralEventsCleanAndUnderPseudonyms(t *testing.T) {
	m := mapping(t, wide)
	if err := m.SetKey(secret); err != nil {
		t.Fatal(err)
	}
	got := run(t, "wide.csv", strings.NewReader(wideRows), m)
	event := func(line int, dni, id, kind, day, data string) string {
		return fmt.Sprintf(`%d: {"specversion":"1.0","id":%q,"source":"urn:test:registry","type":%q,"subject":%q,"time":"%sT00:00:00-05:00","data":%s}`,
			line, id, kind, pseudonymOf(secret, dni), day, data)
	}
	want := outcome{
		Events: []string{
			event(2, "45678912", "1.report", "report.received", "2024-03-01", `{"channel":"police","precision":"day","ubigeo":"040101"}`),
			event(2, "45678912", "1.decision", "measures.decided", "2024-03-02", `{"hours":36,"outcome":"granted","precision":"day","ubigeo":"040101"}`),
			event(3, "45678912", "2.report", "report.received", "2024-03-03", `{"precision":"day","ubigeo":"040101"}`),
			event(4, "45678913", "3.report", "report.received", "2024-03-04", `{"precision":"day","ubigeo":"040101"}`),
			event(7, "45678916", "6.report", "report.received", "2024-03-04", `{"channel":"police","precision":"day","ubigeo":"040101"}`),
		},
		Refusals: []string{"7: bad-value in data.outcome: the mapping does not know the value in column outcome; add it to the values of the field"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEventsOfARowKeepTheirIdsWhenHashed(t *testing.T) {
	m := mapping(t, strings.Replace(wide, "id: {column: number}", "id: {hash: [reported, place], number: true}", 1))
	if err := m.SetKey(secret); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for raw, err := range Events(t.Context(), "wide.csv", strings.NewReader(wideRows), m) {
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(raw.Bytes), `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		if ids[id] || strings.Contains(id, ".") {
			t.Errorf("the id %s is there twice, or counts the events of a row as rows", id)
		}
		ids[id] = true
	}
	if len(ids) != 5 {
		t.Errorf("%d events", len(ids))
	}
}

func TestPseudonymsNeedAKeyAndFollowTheRecipe(t *testing.T) {
	m := mapping(t, wide)
	if got := run(t, "wide.csv", strings.NewReader(wideRows), m); len(got.Events) > 0 || !strings.Contains(got.End, ErrNoKey.Error()) {
		t.Errorf("without a key: %v", got)
	}
	if err := m.SetKey([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
	// What the recipe in the documentation of Mapping gives, with openssl 3.
	const want = "p-kpceopenhlgjahfnfdacconodkopcgop"
	if got := pseudonymOf(secret, "45678912"); got != want {
		t.Errorf("%s, the recipe gives %s", got, want)
	}
	if pseudonymOf(secret, "a") == pseudonymOf([]byte("another key of 16 bytes"), "a") {
		t.Error("the key changes nothing")
	}
}

func TestMappingsOfWideTablesThatCannotBeUsed(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"a type beside events", "id: {column: number}", "id: {column: number}\ntype: {constant: x}", "leave out type, types and skip"},
		{"a name twice", "name: decision", "name: report", "map.yaml:18: events.1: expected a name of its own"},
		{"no time anywhere", "time: {column: reported, zone: America/Lima}", "", "events.0.time: time is missing"},
		{"a bad field of an event", "type: number, decimal", "type: text, decimal", "map.yaml:24: events.1.data.hours: decimal and factor are of numbers"},
		{"an unknown decimal", `decimal: ","`, `decimal: ";"`, `expected "," or "."`},
		{"a factor below zero", "factor: 24", "factor: -1", "expected a number above zero"},
		{"an unknown case", "case: lower", "case: title", "map.yaml:8: clean.via.case: expected upper or lower"},
		{"a value that trimming takes away", "{pnp: police}", "{PNP: police}", `clean.via: "PNP" is never met`},
		{"a padding too long", "pad: 6", "pad: 60", "map.yaml:7: clean.place.pad"},
		{"a condition of nothing", "is: [SI]", "is: []", "map.yaml:10: skip_rows.0: expected a column and one of"},
		{"a condition of two", "empty: true", "empty: true, is: [x]", "skip_rows.1: expected a column and one of"},
		{"a pseudonym of a constant", "{column: dni, pseudonym: true}", "{constant: x, pseudonym: true}", "subject.pseudonym"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(wide, test.old) {
				t.Fatalf("the mapping has no %q to replace", test.old)
			}
			_, err := LoadMapping("map.yaml", strings.NewReader(strings.Replace(wide, test.old, test.new, 1)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
