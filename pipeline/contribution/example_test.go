package contribution_test

import (
	"fmt"
	"time"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// A case adds to an indicator what it will always add, with the instants at which that
// turns: here a wait for an examination that has been ordered and not made, and then one
// that has.
func ExampleJudge() {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		panic(err)
	}
	now := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	var events []event.Event
	for _, text := range []string{
		`{"specversion":"1.0","subject":"case-1","source":"urn:amparo:synthetic:example","id":"e-1","type":"exam.ordered",
 "time":"2024-03-01T10:00:00-05:00","data":{"ubigeo":"150101","exam":"x-1"}}`,
		`{"specversion":"1.0","subject":"case-1","source":"urn:amparo:synthetic:example","id":"e-2","type":"exam.performed",
 "time":"2024-03-02T16:00:00-05:00","data":{"ubigeo":"150101","exam":"x-1"}}`,
	} {
		e, err := cat.Door().Decode([]byte(text), now)
		if err != nil {
			panic(err)
		}
		events = append(events, e)
		judged := contribution.Judge(cat, events, obligation.Query{AsOf: now})
		for _, r := range judged.Of(contribution.Wait) {
			if r.Indicator == "exam-wait-p90" {
				fmt.Printf("from %s until %q, reached: %t\n", event.FormatInstant(r.At), event.FormatInstant(r.Until), r.Ended == contribution.Reached)
			}
		}
	}
	// Output:
	// from 2024-03-01T15:00:00Z until "", reached: false
	// from 2024-03-01T15:00:00Z until "2024-03-02T21:00:00Z", reached: true
}
