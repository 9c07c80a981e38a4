package event_test

import (
	"testing"

	"amparo/schemas/event"
)

func TestPersonalNumbersAreFoundInText(t *testing.T) {
	for text, want := range map[string]bool{
		"pedido del juzgado, expediente 01234-2026": false, "víctima en riesgo": false, "queja 123": false,
		"DNI 45678912.": true, "llamó al 987654321": true, "escribe a maria@example.org": true, "ruc:20123456789": true,
	} {
		if got := event.Personal(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
