package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/present"
)

// A choice is one thing that can be asked for: its code, and the other names that
// people have for it.
type choice struct {
	code  string
	names []string
}

func (c *choice) all() []string { return append([]string{c.code}, c.names...) }

// mostListed is how many choices a refusal lists in full.
const mostListed = 30

// chosen turns what was given for a flag into codes. Letters' size, accents and
// hyphens do not matter; a name that is none is refused with what is near it.
func chosen(flag string, given []string, choices []choice) ([]string, error) {
	var out []string
	for _, name := range given {
		code, err := choose(flag, name, choices)
		if err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}

func choose(flag, given string, choices []choice) (string, error) {
	wanted := present.Fold(given)
	for i := range choices {
		if slices.ContainsFunc(choices[i].all(), func(name string) bool { return present.Fold(name) == wanted }) {
			return choices[i].code, nil
		}
	}
	return "", invalid(fmt.Errorf("%s %q: there is none of that name%s", flag, given, suggestion(flag, wanted, choices)))
}

// suggestion names what is near, else all where they are few.
func suggestion(flag, wanted string, choices []choice) string {
	codeOf := map[string]string{}
	var names []string
	for i := range choices {
		for _, name := range choices[i].all() {
			folded := present.Fold(name)
			if codeOf[folded] == "" {
				codeOf[folded], names = choices[i].code, append(names, folded)
			}
		}
	}
	near := event.Near(wanted, names, 1+len(wanted)/5)
	for _, name := range names {
		if len(wanted) > 2 && strings.Contains(name, wanted) {
			near = append(near, name)
		}
	}
	var codes []string
	for _, name := range near {
		if !slices.Contains(codes, codeOf[name]) && len(codes) < 5 {
			codes = append(codes, codeOf[name])
		}
	}
	switch {
	case len(codes) > 0:
		return "; did you mean " + strings.Join(spelled(codes, choices), ", ") + "?"
	case len(choices) <= mostListed:
		all := make([]string, len(choices))
		for i := range choices {
			all[i] = choices[i].code
		}
		return "; there are " + strings.Join(spelled(all, choices), ", ")
	}
	return fmt.Sprintf("; there are %d%s", len(choices), listedBy[flag])
}

// listedBy says which command lists what there is of a flag that has many.
var listedBy = map[string]string{"--duty": ", see amparo law list", "--indicator": ", see amparo law indicators"}

// spelled are codes with the name that tells most beside those that are numbers.
func spelled(codes []string, choices []choice) []string {
	out := slices.Clone(codes)
	for i, code := range codes {
		at := slices.IndexFunc(choices, func(c choice) bool { return c.code == code })
		if strings.Trim(code, "0123456789") == "" && at >= 0 && len(choices[at].names) > 0 {
			out[i] = code + " (" + choices[at].names[0] + ")"
		}
	}
	return out
}

// words are the names of a code of the program in both languages.
func words(family string, codes ...string) []choice {
	var out []choice
	for _, code := range codes {
		text := present.Word(family, code)
		out = append(out, choice{code, []string{text.ES, text.EN}})
	}
	return out
}

// statuses also go by other words that the law's readers have, in either gender.
func statuses() []choice {
	more := map[string][]string{"late": {"tardia", "tardio", "fuera de plazo"}, "missed": {"vencida", "vencido"}}
	out := words("status", "open", "met", "late", "missed", "void", "unclear")
	for i := range out {
		if masculine, ok := strings.CutSuffix(out[i].names[0], "a"); ok {
			out[i].names = append(out[i].names, masculine+"o")
		}
		out[i].names = append(out[i].names, more[out[i].code]...)
	}
	return out
}

func kinds() []choice {
	more := map[string]string{string(law.Law): "ley", string(law.Target): "meta", string(law.Right): "derecho de la parte"}
	out := words("kind", string(law.Law), string(law.Target), string(law.Right))
	for i := range out {
		out[i].names = append(out[i].names, more[out[i].code])
	}
	return out
}

func dutyChoices(cat *law.Catalogue) []choice {
	var out []choice
	for _, d := range cat.Duties {
		out = append(out, choice{d.ID, nil})
	}
	return out
}

// implicationChoices are the implications by id, number and title.
func implicationChoices(cat *law.Catalogue) []choice {
	var out []choice
	for _, i := range cat.Implications {
		out = append(out, choice{i.ID, []string{strconv.Itoa(i.Number), i.Title.ES, i.Title.EN}})
	}
	return out
}

func indicatorChoices(cat *law.Catalogue) []choice {
	var out []choice
	for _, i := range cat.Indicators {
		out = append(out, choice{i.ID, nil})
	}
	return out
}

// departmentChoices are the departments by code and name.
func departmentChoices(cat *law.Catalogue) []choice {
	var out []choice
	for _, code := range cat.Places.Departments() {
		out = append(out, choice{code, []string{cat.Places.Name(code)}})
	}
	return out
}

// regionChoices are the nation and the regions of a grouping, by code and name.
func regionChoices(cat *law.Catalogue, grouping string) []choice {
	nation := present.Word("place", indicator.Nation)
	out := []choice{{indicator.Nation, []string{nation.ES, nation.EN, "país", "perú"}}}
	for _, code := range cat.Places.Regions(grouping) {
		text := present.Place(cat, code)
		out = append(out, choice{code, []string{text.ES, text.EN}})
	}
	return out
}

// group turns a group of a comparison into the form that the library reads: a
// region or a department may be given by its name.
func group(cat *law.Catalogue, grouping, flag, given string) (string, error) {
	if strings.Contains(given, ":") {
		kind, name, _ := strings.Cut(given, ":")
		if present.Fold(kind) != "department" && present.Fold(kind) != "departamento" {
			return given, nil
		}
		code, err := choose(flag, name, departmentChoices(cat))
		return "department:" + code, err
	}
	choices := regionChoices(cat, grouping)[1:]
	for _, area := range []string{"urban", "rural"} {
		text := present.CatalogueWord(cat, area)
		choices = append(choices, choice{area, []string{text.ES, text.EN, "area " + text.ES}})
	}
	for _, d := range departmentChoices(cat) {
		choices = append(choices, choice{"department:" + d.code, append(d.names, d.code)})
	}
	return choose(flag, given, choices)
}
