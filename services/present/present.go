// Package present is how numbers reach people and programs: the one policy for
// writing numbers, the words for every code, what stands beside every number, and
// the one printer of all formats. Commands, pages, exports and metrics use it, so
// that one number never reads in two ways.
package present

import "amparo/schemas/law"

// The languages.
const (
	Spanish = "es"
	English = "en"
)

// Say is a text in both languages.
func Say(es, en string) law.Text { return law.Text{ES: es, EN: en} }

// nothing is what readers see where there is no value.
const nothing = "–"
