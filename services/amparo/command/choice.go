package command

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

// A Choice is one thing that can be asked for: its code, and the other names that
// people have for it.
type Choice struct {
	code  string
	names []string
}

func (c *Choice) all() []string { return append([]string{c.code}, c.names...) }

// mostListed is how many choices a refusal lists in full.
const mostListed = 30

// Chosen turns what was given for a flag into codes. Letters' size, accents and
// hyphens do not matter; a name that is none is refused with what is near it.
func Chosen(flag string, given []string, choices []Choice) ([]string, error) {
	var out []string
	for _, name := range given {
		code, err := Choose(flag, name, choices)
		if err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}

// Choose is Chosen for one name.
func Choose(flag, given string, choices []Choice) (string, error) {
	wanted := present.Fold(given)
	for i := range choices {
		if slices.ContainsFunc(choices[i].all(), func(name string) bool { return present.Fold(name) == wanted }) {
			return choices[i].code, nil
		}
	}
	return "", Invalid(fmt.Errorf("%s %q: there is none of that name%s", flag, given, suggestion(flag, wanted, choices)))
}

// suggestion names what is near, else all where they are few.
func suggestion(flag, wanted string, choices []Choice) string {
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
	if isNumber(wanted) { // Numbers near each other are not alike.
		near = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			return !isNumber(name) || strings.TrimLeft(name, "0") != strings.TrimLeft(wanted, "0")
		})
	}
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

func isNumber(text string) bool { return strings.Trim(text, "0123456789") == "" && text != "" }

// listedBy says which command lists what there is of a flag that has many.
var listedBy = map[string]string{"--duty": ", see amparo law list", "--indicator": ", see amparo law indicators"}

// spelled are codes with the name that tells most beside those that are numbers.
func spelled(codes []string, choices []Choice) []string {
	out := slices.Clone(codes)
	for i, code := range codes {
		at := slices.IndexFunc(choices, func(c Choice) bool { return c.code == code })
		if isNumber(code) && at >= 0 && len(choices[at].names) > 0 {
			out[i] = code + " (" + choices[at].names[0] + ")"
		}
	}
	return out
}

// Words are the names of a code of the program in both languages.
func Words(family string, codes ...string) []Choice {
	var out []Choice
	for _, code := range codes {
		text := present.Word(family, code)
		out = append(out, Choice{code, []string{text.ES, text.EN}})
	}
	return out
}

// Statuses also go by other words that the law's readers have, in either gender.
func Statuses() []Choice {
	more := map[string][]string{"late": {"tardia", "tardio", "fuera de plazo"}, "missed": {"vencida", "vencido"}}
	out := Words("status", "open", "met", "late", "missed", "void", "unclear")
	for i := range out {
		if masculine, ok := strings.CutSuffix(out[i].names[0], "a"); ok {
			out[i].names = append(out[i].names, masculine+"o")
		}
		out[i].names = append(out[i].names, more[out[i].code]...)
	}
	return out
}

// Kinds also go by the words that the law's readers have.
func Kinds() []Choice {
	more := map[string]string{string(law.Law): "ley", string(law.Target): "meta", string(law.Right): "derecho de la parte"}
	out := Words("kind", string(law.Law), string(law.Target), string(law.Right))
	for i := range out {
		out[i].names = append(out[i].names, more[out[i].code])
	}
	return out
}

// choicesOf are things of a catalogue by id, and by the other names that they have.
func choicesOf[T any](list []T, names func(T) (code string, names []string)) []Choice {
	out := make([]Choice, len(list))
	for i, one := range list {
		out[i].code, out[i].names = names(one)
	}
	return out
}

// DutyChoices are the duties by id.
func DutyChoices(cat *law.Catalogue) []Choice {
	return choicesOf(cat.Duties, func(d *law.Duty) (string, []string) { return d.ID, nil })
}

// ImplicationChoices are the implications by id, number and title.
func ImplicationChoices(cat *law.Catalogue) []Choice {
	return choicesOf(cat.Implications, func(i law.Implication) (string, []string) {
		return i.ID, []string{strconv.Itoa(i.Number), i.Title.ES, i.Title.EN}
	})
}

// IndicatorChoices are the indicators by id.
func IndicatorChoices(cat *law.Catalogue) []Choice {
	return choicesOf(cat.Indicators, func(i *law.Indicator) (string, []string) { return i.ID, nil })
}

// DepartmentChoices are the departments by code and name.
func DepartmentChoices(cat *law.Catalogue) []Choice {
	return choicesOf(cat.Places.Departments(), func(code string) (string, []string) { return code, []string{cat.Places.Name(code)} })
}

// RegionChoices are the nation and the regions of a grouping, by code and name.
func RegionChoices(cat *law.Catalogue, grouping string) []Choice {
	nation := present.Word("place", indicator.Nation)
	out := []Choice{{indicator.Nation, []string{nation.ES, nation.EN, "país", "perú"}}}
	for _, code := range cat.Places.Regions(grouping) {
		text := present.Place(cat, code)
		out = append(out, Choice{code, []string{text.ES, text.EN}})
	}
	return out
}

// Group turns a group of a comparison into the form that the library reads: a
// region or a department may be given by its name.
func Group(cat *law.Catalogue, grouping, flag, given string) (string, error) {
	if strings.Contains(given, ":") {
		kind, name, _ := strings.Cut(given, ":")
		if present.Fold(kind) != "department" && present.Fold(kind) != "departamento" {
			return given, nil
		}
		code, err := Choose(flag, name, DepartmentChoices(cat))
		return "department:" + code, err
	}
	choices := RegionChoices(cat, grouping)[1:]
	for _, area := range []string{"urban", "rural"} {
		text := present.CatalogueWord(cat, area)
		choices = append(choices, Choice{area, []string{text.ES, text.EN, "area " + text.ES}})
	}
	for _, d := range DepartmentChoices(cat) {
		choices = append(choices, Choice{"department:" + d.code, append(d.names, d.code)})
	}
	return Choose(flag, given, choices)
}

// Among reports whether a value is wanted: in the list, or the list is empty.
func Among(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }

// InOrder lists the indicators by their first implication, then those of causes
// alone.
func InOrder(cat *law.Catalogue) []*law.Indicator {
	rank := map[string]int{}
	for _, i := range cat.Implications {
		rank[i.ID] = i.Number
	}
	for _, cause := range cat.Causes {
		rank[cause.ID] = len(cat.Implications) + cause.Number
	}
	of := func(ind *law.Indicator) int { return rank[slices.Concat(ind.Implications, ind.Causes)[0]] }
	out := slices.Clone(cat.Indicators)
	slices.SortStableFunc(out, func(a, b *law.Indicator) int { return of(a) - of(b) })
	return out
}
