package obligation_test

import (
	"fmt"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// A report to the police in Lima on Friday 1 March 2024, whose file reaches the court
// after 22 hours.
const reported = `{"specversion":"1.0","subject":"case-1","source":"urn:amparo:synthetic:example","id":"e-1","type":"report.received",
 "time":"2024-03-01T10:00:00-05:00","data":{"ubigeo":"150101","channel":"police"}}`

const delivered = `{"specversion":"1.0","subject":"case-1","source":"urn:amparo:synthetic:example","id":"e-2","type":"file.received",
 "time":"2024-03-02T08:00:00-05:00","data":{"ubigeo":"150101","from":"police","to":"family-court"}}`

// told passes events through the door.
func told(cat *law.Catalogue, texts ...string) []event.Event {
	var events []event.Event
	for _, text := range texts {
		e, err := cat.Door().Decode([]byte(text), time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			panic(err)
		}
		events = append(events, e)
	}
	return events
}

// Events in any order, law and an instant in, obligations out. The rows of two duties
// are printed here; the report starts several.
func ExampleFold() {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		panic(err)
	}
	asOf := time.Date(2024, 3, 2, 20, 0, 0, 0, time.UTC)
	for _, o := range obligation.Fold(cat, told(cat, delivered, reported), obligation.Query{AsOf: asOf}) {
		if o.Duty == "police-file-to-court" || o.Duty == "measures-in-total" {
			fmt.Println(o.Duty, o.Regime, "due", event.FormatInstant(o.Due()), o.Status(asOf))
		}
	}
	// Output:
	// measures-in-total pm-total-48h-2023 due 2024-03-03T15:00:00Z open
	// police-file-to-court police-to-court-24h due 2024-03-02T15:00:00Z met
}

// What is stored of an obligation does not change with time; its status does.
func ExampleObligation_Status() {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		panic(err)
	}
	limit := time.Date(2024, 3, 2, 15, 0, 0, 0, time.UTC)
	for _, o := range obligation.Fold(cat, told(cat, reported), obligation.Query{AsOf: limit}) {
		if o.Duty == "police-file-to-court" {
			fmt.Println("at the limit", o.Status(limit))
			fmt.Println("a millisecond later", o.Status(limit.Add(time.Millisecond)))
		}
	}
	// Output:
	// at the limit open
	// a millisecond later missed
}

// A retraction takes an event out as soon as it is known, and not before.
func ExampleVisible() {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		panic(err)
	}
	events := told(cat, reported, delivered, `{"specversion":"1.0","subject":"case-1","source":"urn:amparo:synthetic:example","id":"e-3","type":"event.retracted",
 "time":"2024-03-05T09:00:00-05:00","data":{"ubigeo":"150101","source":"urn:amparo:synthetic:example","id":"e-2","reason":"wrong-case"}}`)
	asOf := time.Date(2024, 3, 10, 0, 0, 0, 0, time.UTC)
	known := time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC)
	for _, q := range []obligation.Query{{AsOf: asOf, KnownAt: known}, {AsOf: asOf}} {
		visible := obligation.Visible(cat, events, q)
		fmt.Println(len(visible), "events, the last is", visible[len(visible)-1].Type)
	}
	// Output:
	// 2 events, the last is file.received
	// 1 events, the last is report.received
}
