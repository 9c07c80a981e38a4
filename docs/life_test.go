package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"amparo/pipeline/obligation"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

// The event that the page follows is one: what the page says it becomes on the way is
// what it becomes.
func TestTheEventOfThePageLivesAsThePageSays(t *testing.T) {
	text, err := os.ReadFile("life-of-an-event.md")
	if err != nil {
		t.Fatal(err)
	}
	page, cat := string(text), lawtest.Shipped(t)
	shown := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllStringSubmatch(page, -1)
	if len(shown) != 2 {
		t.Fatalf("%d events on the page, expected it as it comes and as it is kept", len(shown))
	}
	e, err := cat.Door().Decode([]byte(shown[0][1]), now)
	if err != nil {
		t.Fatal(err)
	}
	line, err := e.Line()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(line.Bytes); got != shown[1][1] {
		t.Errorf("its canonical form is\n%s\nand the page says\n%s", got, shown[1][1])
	}
	department := cat.Places.Department(e.Place())
	for _, subject := range []string{stream.EventSubject(department, e.Type), stream.FrameSubject(department)} {
		if !strings.Contains(page, "`"+subject+"`") {
			t.Errorf("the page does not name the subject %s", subject)
		}
	}
	for _, o := range obligation.Fold(cat, []event.Event{e}, obligation.Query{AsOf: e.At}) {
		if o.Duty != "police-file-to-court" {
			continue
		}
		row := strings.Join(o.Record(cat, "natural", e.At)[:14], ",")
		if !strings.Contains(page, "\n"+row+",open,") || o.Status(e.At) != obligation.Open {
			t.Errorf("the page lacks the row %s,%s", row, o.Status(e.At))
		}
	}
	for _, bound := range []string{
		fmt.Sprintf("up to %d,%03d canonical lines", stream.FrameEvents/1000, stream.FrameEvents%1000),
		fmt.Sprintf("at most %d KiB", event.MaxBytes>>10),
	} {
		if !strings.Contains(page, bound) {
			t.Errorf("the page does not say %q", bound)
		}
	}
}
