package present

import (
	"slices"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// words are how people read the codes of the program itself. Those of a catalogue
// have theirs in the catalogue.
var words = map[string]map[string]law.Text{
	"status": {
		string(obligation.Open):    {ES: "abierta", EN: "open"},
		string(obligation.Met):     {ES: "cumplida", EN: "met"},
		string(obligation.Late):    {ES: "cumplida fuera de plazo", EN: "done late"},
		string(obligation.Missed):  {ES: "incumplida", EN: "missed"},
		string(obligation.Void):    {ES: "sin efecto", EN: "void"},
		string(obligation.Unclear): {ES: "no determinable", EN: "unclear"},
	},
	"kind": {
		string(law.Law):    {ES: "plazo legal", EN: "limit of the law"},
		string(law.Target): {ES: "meta del proyecto", EN: "project's target"},
		string(law.Mixed):  {ES: "en parte meta", EN: "part target"},
		string(law.Right):  {ES: "derecho", EN: "right"},
	},
	"confidence": {
		"high": {ES: "alta", EN: "high"}, "medium": {ES: "media", EN: "medium"}, "low": {ES: "baja", EN: "low"},
	},
	"window": {
		string(indicator.Month): {ES: "último mes cerrado", EN: "last closed month"},
		string(indicator.Year):  {ES: "últimos doce meses", EN: "last twelve months"},
		string(indicator.All):   {ES: "todo lo registrado", EN: "all that is recorded"},
	},
	"verdict": {
		string(comparison.Different):  {ES: "diferente", EN: "different"},
		string(comparison.Equivalent): {ES: "equivalente", EN: "equivalent"},
		string(comparison.Unknown):    {ES: "no se sabe", EN: "unknown"},
	},
	"doubt": {
		string(comparison.DoubtNoCases):  {ES: "un lado no tiene casos vencidos", EN: "one side has no case that has fallen due"},
		string(comparison.DoubtTooFew):   {ES: "muy pocos casos en un lado", EN: "too few cases on one side"},
		string(comparison.DoubtNoStrata): {ES: "ningún nivel de riesgo en común", EN: "no risk level in common"},
		string(comparison.DoubtOpposed):  {ES: "los niveles de riesgo se contradicen", EN: "risk levels disagree"},
		string(comparison.DoubtWide):     {ES: "intervalo demasiado ancho", EN: "interval too wide"},
	},
	"place": {
		indicator.Nation: {ES: "Nacional", EN: "National"},
		"":               {ES: "sin lugar", EN: "no place"},
	},
	"position": {
		string(comparison.Inside):    {ES: "dentro de lo esperado", EN: "within what is expected"},
		string(comparison.Alert):     {ES: "fuera del límite de 95%", EN: "outside the 95% limit"},
		string(comparison.Alarm):     {ES: "fuera del límite de 99.8%", EN: "outside the 99.8% limit"},
		string(comparison.TooSmall):  {ES: "muy pocos casos", EN: "too few cases"},
		string(comparison.NoCompare): {ES: "no se sabe", EN: "unknown"},
	},
	"side": {
		"above": {ES: "por encima", EN: "above"}, "below": {ES: "por debajo", EN: "below"},
	},
	"direction": {
		"higher":  {ES: "más alto es mejor", EN: "higher is better"},
		"lower":   {ES: "más bajo es mejor", EN: "lower is better"},
		"neutral": {ES: "ninguno es mejor", EN: "neither is better"},
	},
	"source": {
		"case-events": {ES: "hechos de los casos", EN: "events of cases"},
		"registers":   {ES: "registros de las unidades", EN: "registers of units"},
		"proxy":       {ES: "aproximación", EN: "proxy"},
		"catalogue":   {ES: "catálogo", EN: "catalogue"},
	},
	"low": {
		indicator.LowLeftOut: {ES: "excluida", EN: "left out"},
		"counted":            {ES: "incluida", EN: "counted"},
	},
	"signal": {
		string(statistics.OutsideLimits): {ES: "fuera de los límites", EN: "outside the limits"},
		string(statistics.SevenOneSide):  {ES: "siete del mismo lado", EN: "seven on one side"},
		string(statistics.SevenTrend):    {ES: "siete en tendencia", EN: "a trend of seven"},
		string(statistics.TwoOfThree):    {ES: "dos de tres cerca del límite", EN: "two of three near the limit"},
	},
	"refusal": {
		string(event.BrokenJSON):       {ES: "JSON mal formado", EN: "broken JSON"},
		string(event.UnknownAttribute): {ES: "atributo desconocido", EN: "unknown attribute"},
		string(event.Missing):          {ES: "falta", EN: "missing"},
		string(event.UnknownType):      {ES: "tipo desconocido", EN: "unknown type"},
		string(event.UnknownField):     {ES: "campo desconocido", EN: "unknown field"},
		string(event.BadValue):         {ES: "valor no permitido", EN: "bad value"},
		string(event.PersonalData):     {ES: "dato personal", EN: "personal data"},
		string(event.BadTime):          {ES: "momento mal escrito", EN: "bad time"},
		string(event.FutureTime):       {ES: "momento futuro", EN: "future time"},
		string(event.RecordedEarly):    {ES: "registrado antes de ocurrir", EN: "recorded before it happened"},
		string(event.UnknownPlace):     {ES: "lugar desconocido", EN: "unknown place"},
		string(event.TooLarge):         {ES: "demasiado grande", EN: "too large"},
		string(event.NotAllowed):       {ES: "no permitido", EN: "not allowed"},
		string(event.Conflict):         {ES: "conflicto", EN: "conflict"},
		string(event.Unstorable):       {ES: "no se puede guardar", EN: "cannot be stored"},
	},
	"change": {
		"begins": {ES: "empieza", EN: "begins"}, "ended": {ES: "terminó", EN: "ended"},
		"added": {ES: "nuevo", EN: "added"}, "removed": {ES: "suprimido", EN: "removed"}, "changed": {ES: "cambiado", EN: "changed"},
	},
	"form": { // of the measure of an indicator
		"on_time": {ES: "en plazo", EN: "in time"}, "missed": {ES: "incumplidas", EN: "missed"}, "early": {ES: "antes de empezar el plazo", EN: "before the clock began"},
		"overdue": {ES: "vencidas sin hacer", EN: "overdue"}, "share": {ES: "proporción", EN: "share"}, "ratio": {ES: "razón", EN: "ratio"},
		"latest": {ES: "último reporte", EN: "latest report"}, "count": {ES: "cuenta", EN: "count"}, "wait": {ES: "espera", EN: "wait"},
		"limit_to_wait": {ES: "plazo entre espera", EN: "limit to wait"}, "in_force": {ES: "mientras rige", EN: "while in force"},
		"coverage": {ES: "cobertura", EN: "coverage"}, "mismatch": {ES: "discordancia", EN: "mismatch"}, "duty_share": {ES: "proporción de deberes", EN: "share of duties"},
		"gap": {ES: "brecha", EN: "gap"}, "units": {ES: "entre unidades", EN: "between units"}, "after": {ES: "después menos antes", EN: "after less before"},
		"shock": {ES: "días de emergencia", EN: "days of a shock"}, "dips": {ES: "caídas", EN: "dips"}, "slope": {ES: "pendiente", EN: "slope"},
		"explained_by_region": {ES: "explicado por la región", EN: "explained by region"}, "load": {ES: "carga", EN: "load"},
	},
	"data": {
		SyntheticData: {ES: "sintéticos", EN: "synthetic"},
		MixedData:     {ES: "sintéticos y registrados, mezclados", EN: "synthetic and recorded, mixed"},
		RecordedData:  {ES: "registrados", EN: "recorded"},
	},
}

// Word is a code as people read it: of a family of the program's own codes, such
// as status or verdict.
func Word(family, code string) law.Text {
	if list, ok := words[family]; ok {
		if _, ok := list[code]; ok {
			return word(list, code)
		}
	}
	return law.Text{ES: code, EN: code}
}

func word(list map[string]law.Text, code string) law.Text {
	if text, ok := list[code]; ok {
		return text
	}
	return law.Text{ES: code, EN: code}
}

// Place is the name of the nation, a region or a department, province or district.
func Place(cat *law.Catalogue, code string) law.Text {
	if text, ok := words["place"][code]; ok {
		return text
	}
	if cat.Places != nil && cat.Places.Known(code) {
		name := cat.Places.Name(code)
		return law.Text{ES: name, EN: name}
	}
	return CatalogueWord(cat, code)
}

// CatalogueWord is how people read a code of the catalogue in both languages.
func CatalogueWord(cat *law.Catalogue, code string) law.Text {
	return law.Text{ES: cat.Word(code, Spanish), EN: cat.Word(code, English)}
}

// Codes are the codes of a family, sorted.
func Codes(family string) []string {
	var out []string
	for code := range words[family] {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}

// Fold is a name as it is compared: small letters, no accents, words apart by one
// hyphen.
func Fold(name string) string {
	return strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n",
		"_", "-", " ", "-").Replace(strings.ToLower(strings.TrimSpace(name)))
}
