package law_test

import (
	"strings"
	"testing"
)

// A fault is one change to the shipped catalogue that must be refused.
type fault struct {
	name     string
	duties   []string // that are kept
	file     string
	from, to string // the change
	at       string // text on the line that the message must name
	reason   string
}

const (
	anAppeal  = "duties/appeal-granted.yaml"
	aDecision = "duties/measures-decided.yaml"
	aPeriodic = "duties/periodic-report.yaml"
)

func dutyFaults() []fault {
	return []fault{
		{name: "unknown key", file: anAppeal, from: "bearer: family-court", to: "bearers: family-court", at: "bearers:", reason: `unknown key "bearers": expected one of bearer, early_deed`},
		{name: "repeated key", file: anAppeal, from: "instance: appeal", to: "instance: appeal\ninstance: measure", at: "instance: measure", reason: "already defined"},
		{name: "unknown key of a regime", file: anAppeal, from: "    limit:", to: "    limits:", at: "limits:", reason: `unknown key "limits"`},
		{name: "not YAML", file: anAppeal, from: "{type: appeal.granted}", to: "{type: appeal.granted", at: "regimes:", reason: "must be specified"},
		{name: "id that is not the file's name", file: anAppeal, from: "id: appeal-granted", to: "id: appeal-given", at: "id: appeal-given", reason: `expected the file's name "appeal-granted"`},
		{name: "missing title", file: anAppeal, from: "  es: Conceder la apelación sin efecto suspensivo\n  en: Grant the appeal, without suspensive effect", to: "  es: \"\"", at: "title:", reason: `title is missing in "es"`},
		{name: "unknown implication", file: anAppeal, from: "implication: protection-measures", to: "implication: protection", at: "implication:", reason: `unknown implication "protection"`},
		{name: "unknown bearer", file: anAppeal, from: "bearer: family-court", to: "bearer: court-of-family", at: "bearer:", reason: `unknown kind of institution "court-of-family"`},
		{name: "unknown event type", file: anAppeal, from: "{type: appeal.filed}", to: "{type: appeal.lodged}", at: "appeal.lodged", reason: `unknown event type "appeal.lodged"`},
		{name: "pattern without a type", file: anAppeal, from: "{type: appeal.filed}", to: "{measure: m-1}", at: "measure: m-1", reason: "needs a type"},
		{name: "unknown field", file: "duties/breach-informed.yaml", from: "to: family-court", to: "whom: family-court", at: "whom:", reason: `event type breach.informed has no field "whom"`},
		{name: "unknown value", file: "duties/breach-informed.yaml", from: "to: family-court", to: "to: family-judge", at: "family-judge", reason: `field to of event type breach.informed never has the value "family-judge"`},
		{name: "unknown value in a condition", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {risk: grave}", at: "risk: grave", reason: `fact risk never has the value "grave"`},
		{name: "unknown fact in a condition", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {danger: severe}", at: "danger: severe", reason: `unknown fact "danger"`},
		{name: "unknown fact read as known", file: "duties/execution-report.yaml", from: "{risk: mild}", to: "{danger: mild}", at: "undetermined_as:", reason: `unknown fact "danger"`},
		{name: "instance that no event carries", file: anAppeal, from: "instance: appeal", to: "instance: breach", at: "id: appeal-grant-3d", reason: `instance: event type appeal.filed has no field "breach"`},
		{name: "missing citation", file: anAppeal, from: "    citation: Ley 30364 art. 16-C (TUO art. 22), incorporado por DL 1386\n", to: "", at: "id: appeal-grant-3d", reason: "citation is missing"},
		{name: "missing start in force", file: anAppeal, from: "in_force: {from: 2018-09-05}", to: "in_force: {}", at: "in_force: {}", reason: "in_force.from is missing"},
		{name: "date that is none", file: anAppeal, from: "from: 2018-09-05", to: "from: 2018-09-31", at: "2018-09-31", reason: "is not a date"},
		{name: "end before start", file: anAppeal, from: "{from: 2018-09-05}", to: "{from: 2018-09-05, to: 2018-09-04}", at: "to: 2018-09-04", reason: "the end is before the start"},
		{name: "unknown kind", file: anAppeal, from: "bearer: family-court", to: "bearer: family-court\nkind: hope", at: "kind: hope", reason: `kind is "hope"`},
		{name: "unknown confidence", file: anAppeal, from: "confidence: high", to: "confidence: sure", at: "confidence: sure", reason: `confidence is "sure"`},
		{name: "unknown calendar", file: anAppeal, from: "calendar: court", to: "calendar: courts", at: "calendar: courts", reason: `unknown calendar "courts": expected one of [court general holidays]`},
		{name: "days without a calendar", file: anAppeal, from: ", calendar: court", to: "", at: "limit:", reason: "days need the calendar in which they count"},
		{name: "two units in a limit", file: anAppeal, from: "{days: 3,", to: "{days: 3, hours: 72,", at: "hours: 72", reason: "give exactly one of hours"},
		{name: "no unit in a limit", file: anAppeal, from: "{days: 3,", to: "{", at: "limit:", reason: "give exactly one of hours"},
		{name: "negative limit", file: anAppeal, from: "{days: 3,", to: "{days: -3,", at: "days: -3", reason: "days is -3, expected none below zero"},
		{name: "recurring duty without months", file: aPeriodic, from: "{months: 3,", to: "{days: 90,", at: "days: 90", reason: "needs a limit in months"},
		{name: "unknown rule of force", file: aDecision, from: "in_force_by: case", to: "in_force_by: measure", at: "in_force_by:", reason: "expected duty or case"},
		{name: "unknown rule for early deeds", file: "duties/late-evidence-informed.yaml", from: "early_deed: ignored", to: "early_deed: maybe", at: "early_deed:", reason: "expected unclear, ignored or counts"},
		{name: "unknown period", file: "duties/map-updated.yaml", from: "every: month", to: "every: week", at: "every:", reason: "expected month, quarter"},
		{name: "gap between regimes", file: aDecision, from: "{from: 2015-11-24, to: 2018-09-04}", to: "{from: 2015-11-24, to: 2018-09-01}", at: "to: 2023-03-22", reason: "gap: no regime from 2018-09-02 to 2018-09-04 where risk is mild or moderate, between pm-72h-2015"},
		{name: "overlap of regimes", file: aDecision, from: "{from: 2015-11-24, to: 2018-09-04}", to: "{from: 2015-11-24, to: 2018-09-05}", at: "to: 2023-03-22", reason: "regimes pm-mild-moderate-48h-2018 and pm-72h-2015 (number 1) overlap where risk is mild or moderate"},
		{name: "override of nothing", file: aDecision, from: "overrides: [pm-mild-moderate-48h-2018,", to: "overrides: [pm-mild-48h-2018,", at: "overrides: [pm-mild-48h-2018", reason: "overrides pm-mild-48h-2018, which is no regime"},
		{name: "regime of two duties", duties: []string{"appeal-granted"}, file: "duties/appeal-heard.yaml", from: "  - id: appeal-hearing-3d", to: "  - id: appeal-grant-3d", at: "id: appeal-grant-3d", reason: "regime appeal-grant-3d is also in duty appeal-granted"},
	}
}

func exampleFaults() []fault {
	const line = `{start: "2018-09-05T00:00:00-05:00"`
	return []fault{
		{name: "wrong due date", file: anAppeal, from: `due: "2018-09-11T00:00:00-05:00"`, to: `due: "2018-09-10T00:00:00-05:00"`, at: line, reason: "expected due 2018-09-10T00:00:00-05:00, found 2018-09-11T00:00:00-05:00"},
		{name: "wrong regime", file: anAppeal, from: line + ", regime: appeal-grant-3d", to: line + ", regime: appeal-grant-5d", at: line, reason: "expected regime appeal-grant-5d, found appeal-grant-3d"},
		{name: "regime where there is none", file: anAppeal, from: "regime: none", to: "regime: appeal-grant-3d", at: "2018-09-04T23:59:59", reason: "found 0 regimes"},
		{name: "none where there is a regime", file: anAppeal, from: line + `, regime: appeal-grant-3d, due: "2018-09-11T00:00:00-05:00"`, to: line + ", regime: none", at: line, reason: "expected no regime, found appeal-grant-3d"},
		{name: "wrong status", file: anAppeal, from: "status: missed", to: "status: open", at: "status: open, note: not done}", reason: "expected status open, found missed"},
		{name: "unknown key", file: anAppeal, from: line, to: line + ", riesgo: mild", at: line, reason: `"riesgo" is neither a key of examples nor a fact`},
		{name: "unknown reading of days", file: anAppeal, from: "days: calendar", to: "days: working", at: "days: working", reason: `days is "working"`},
		{name: "nothing stated", file: anAppeal, from: "regime: none, ", to: "", at: "2018-09-04T23:59:59", reason: "give a start, and the regime, due or status that follows"},
		{name: "instant without zone", file: anAppeal, from: line, to: `{start: "2018-09-05T00:00:00"`, at: `start: "2018-09-05T00:00:00"`, reason: "is not an instant of the form"},
	}
}

// namesPolicies is the first coding in causes.yaml, up to its region.
const namesPolicies = "nobody measures the results.\n  found_by_study: true\n  coded:\n    - {region: "

func otherFaults() []fault {
	return []fault{
		{name: "unknown key of the catalogue", file: "catalogue.yaml", from: "case_start:", to: "case_begin:", at: "case_begin:", reason: `unknown key "case_begin"`},
		{name: "unknown zone", file: "catalogue.yaml", from: "America/Lima", to: "America/Limac", at: "zone:", reason: `zone "America/Limac" is not in the tz database`},
		{name: "unknown reading of days", file: "catalogue.yaml", from: "days: business", to: "days: working", at: "days:", reason: "expected business or calendar"},
		{name: "missing version", file: "catalogue.yaml", from: `version: "2026.1"`, to: `version: ""`, at: "version:", reason: "version is missing"},
		{name: "fact of first and last", file: "catalogue.yaml", from: "risk: {last:", to: "risk: {first: report.received, last:", at: "risk: {first", reason: "give first or last, not both"},
		{name: "fact of an unknown field", file: "catalogue.yaml", from: "field: level", to: "field: grade", at: "field: grade", reason: `fact risk: event type risk.assessed has no field "grade"`},
		{name: "fact of an unknown item", file: "catalogue.yaml", from: "holds: sexual", to: "holds: verbal", at: "holds: verbal", reason: `never has the value "verbal"`},
		{name: "voiding by an unknown event", file: "catalogue.yaml", from: "type: case.merged", to: "type: case.joined", reason: `unknown event type "case.joined"`, at: "case.joined"},
		{name: "voiding of an unknown scope", file: "catalogue.yaml", from: "scope: appeal", to: "scope: breach", at: "appeal.withdrawn", reason: `scope: expected case or a field: event type appeal.withdrawn has no field "breach"`},
		{name: "unknown start of a case", file: "catalogue.yaml", from: "case_start: report.received", to: "case_start: report.made", at: "case_start:", reason: `unknown event type "report.made"`},
		{name: "unknown key of a calendar", file: "calendars/court.yaml", from: "extends: holidays", to: "extend: holidays", at: "extend:", reason: `unknown key "extend"`},
		{name: "calendar that extends nothing", file: "calendars/court.yaml", from: "extends: holidays", to: "extends: feasts", at: "extends: feasts", reason: "calendar court: extends feasts, which does not exist"},
		{name: "calendar that extends itself", file: "calendars/court.yaml", from: "extends: holidays", to: "extends: court", at: "extends: court", reason: "calendar court: extends itself"},
		{name: "calendar defined twice", file: "calendars/general.yaml", from: "id: general", to: "id: court", at: "id: court", reason: `id is "court", expected the file's name "general"`},
		{name: "day off in two forms", file: "calendars/holidays.yaml", from: "easter: -3", to: `easter: -3, date: "04-01"`, at: "easter: -3", reason: `day off "Holy Thursday": give exactly one of`},
		{name: "day off on no date", file: "calendars/holidays.yaml", from: `"12-25"`, to: `"12-32"`, at: "12-32", reason: `"12-32" is not a date of the form MM-DD`},
		{name: "unknown day of the week", file: "calendars/holidays.yaml", from: "[saturday, sunday]", to: "[sábado, sunday]", at: "sábado", reason: `"sábado" is not a day of the week`},
		{name: "unknown key of an implication", file: "implications.yaml", from: "  number: 16\n", to: "  no: 16\n", at: "no: 16", reason: `unknown key "no"`},
		{name: "unknown key of a cause", file: "causes.yaml", from: "  number: 7\n", to: "  no: 7\n", at: "no: 7", reason: `unknown key "no"`},
		{name: "coding of a region that the study lacks", file: "causes.yaml", from: namesPolicies + "highlands", to: namesPolicies + "jungle", at: "{region: jungle", reason: `the study has no region "jungle"`},
		{name: "coding of more than were interviewed", file: "causes.yaml", from: namesPolicies + "highlands, observations: 2, participants: 2", to: namesPolicies + "highlands, observations: 9, participants: 9", at: "observations: 9", reason: "expected 1 to 8 participants"},
		{name: "cause found and not coded", file: "causes.yaml", from: "and recovers.\n  found_by_study: false", to: "and recovers.\n  found_by_study: true # changed", at: "# changed", reason: "contradict each other"},
		{name: "interviews in no region", file: "study.yaml", from: "coast: 6", to: "coats: 6", at: "coats: 6", reason: "participants of coats: expected a region of grouping"},
		{name: "open event schema", file: "events/appeal.filed.json", from: `"additionalProperties": false`, to: `"additionalProperties": true`, at: "additionalProperties", reason: "schemas are closed"},
		{name: "province before its department", file: "places.csv", from: "\n01,Amazonas,jungle,jungle\n", to: "\n", at: "0101,", reason: "province 0101 stands before its department"},
		{name: "place without a region", file: "places.csv", from: "\n01,Amazonas,jungle,jungle\n", to: "\n01,Amazonas,,jungle\n", at: "01,Amazonas,,", reason: "place 01 has no region under natural"},
		{name: "table without its columns", file: "places.csv", from: "code,name,", to: "ubigeo,name,", at: "ubigeo", reason: "expected the columns code, name and at least one grouping"},
	}
}

func TestLoadRefuses(t *testing.T) {
	for group, faults := range map[string][]fault{"duty": dutyFaults(), "example": exampleFaults(), "other": otherFaults()} {
		for _, f := range faults {
			t.Run(group+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				kept := append(f.duties, "appeal-granted")
				if id, ok := strings.CutPrefix(f.file, "duties/"); ok {
					kept = append(f.duties, strings.TrimSuffix(id, ".yaml"))
				}
				o := newOverlay(t, kept...)
				o.edit(f.file, f.from, f.to)
				o.refused(f.file, f.at, f.reason)
			})
		}
	}
}
