package load_test

import (
	"amparo/schemas/law/diff"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A fault is one change to the shipped catalogue that must be refused.
type fault struct {
	name     string
	duties   []string // that are kept
	file     string
	from, to string // the change; without from the file is written anew
	at       string // text on the line that the message must name
	reason   string
}

const (
	anAppeal  = "duties/appeal-granted.yaml"
	aDecision = "duties/measures-decided.yaml"
	aPeriodic = "duties/periodic-report.yaml"
	aTotal    = "duties/measures-in-total.yaml"
	aSent     = "duties/case-sent-to-prosecutor.yaml"
	anEvent   = "events/appeal.filed.json"
)

// gone in place of a file's text takes the file away.
const gone = "\x00"

func dutyFaults() []fault {
	return []fault{
		{name: "unknown key", file: anAppeal, from: "bearer: family-court", to: "bearers: family-court", at: "bearers:", reason: `unknown key "bearers": expected one of bearer, bearer_by, early_deed`},
		{name: "repeated key", file: anAppeal, from: "instance: appeal", to: "instance: appeal\ninstance: measure", at: "instance: measure", reason: "already defined"},
		{name: "unknown key of a regime", file: anAppeal, from: "    limit:", to: "    limits:", at: "limits:", reason: `unknown key "limits"`},
		{name: "not YAML", file: anAppeal, from: "{type: appeal.granted}", to: "{type: appeal.granted", at: "regimes:", reason: "must be specified"},
		{name: "id that is not the file's name", file: anAppeal, from: "id: appeal-granted", to: "id: appeal-given", at: "id: appeal-given", reason: `expected the file's name "appeal-granted"`},
		{name: "missing title", file: anAppeal, from: "  es: Conceder la apelación sin efecto suspensivo\n  en: Grant the appeal, without suspensive effect", to: "  en: Grant the appeal", at: "title:", reason: `title is missing in "es"`},
		{name: "unknown implication", file: anAppeal, from: "implication: protection-measures", to: "implication: protection", at: "implication:", reason: `unknown implication "protection"`},
		{name: "unknown bearer", file: anAppeal, from: "bearer: family-court", to: "bearer: court-of-family", at: "bearer:", reason: `unknown kind of institution "court-of-family"`},
		{name: "unknown event type", file: anAppeal, from: "{type: appeal.filed}", to: "{type: appeal.lodged}", at: "appeal.lodged", reason: `unknown event type "appeal.lodged"`},
		{name: "pattern without a type", file: anAppeal, from: "{type: appeal.filed}", to: "{measure: m-1}", at: "measure: m-1", reason: "needs a type"},
		{name: "unknown field", file: "duties/breach-informed.yaml", from: "to: family-court", to: "whom: family-court", at: "whom:", reason: `event type breach.informed has no field "whom"`},
		{name: "unknown value", file: "duties/breach-informed.yaml", from: "to: family-court", to: "to: family-judge", at: "family-judge", reason: `field to of event type breach.informed never has the value "family-judge"`},
		{name: "unknown value in a condition", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {risk: grave}", at: "risk: grave", reason: `fact risk never has the value "grave"`},
		{name: "unknown fact in a condition", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {danger: severe}", at: "danger: severe", reason: `unknown fact "danger"`},
		{name: "unknown fact read as known", file: "duties/execution-report.yaml", from: "{risk: mild}", to: "{danger: mild}", at: "undetermined_as:", reason: `unknown fact "danger"`},
		{name: "instance that no event carries", file: anAppeal, from: "instance: appeal", to: "instance: breach", at: "instance: breach", reason: `event type appeal.filed has no field "breach"`},
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
		{name: "step below zero", file: anAppeal, from: "instance: appeal", to: "instance: appeal\nstep: -1", at: "step: -1", reason: "step is -1"},
		{name: "step of two duties", file: aDecision, duties: []string{"charge-decided"}, from: "step: 2\n", to: "step: 9\n", at: "step: 9", reason: "step 9 is also that of duty charge-decided"},
		{name: "unknown rule for early deeds", file: "duties/late-evidence-informed.yaml", from: "early_deed: ignored", to: "early_deed: maybe", at: "early_deed:", reason: "expected unclear, ignored or counts"},
		{name: "unknown period", file: "duties/map-updated.yaml", from: "every: month", to: "every: week", at: "every:", reason: "expected month, quarter"},
		{name: "gap between regimes", file: aDecision, from: "{from: 2015-11-24, to: 2018-09-04}", to: "{from: 2015-11-24, to: 2018-09-01}", at: "to: 2023-03-22", reason: "gap: no regime from 2018-09-02 to 2018-09-04 where risk is mild or moderate, between pm-72h-2015"},
		{name: "overlap of regimes", file: aDecision, from: "{from: 2015-11-24, to: 2018-09-04}", to: "{from: 2015-11-24, to: 2018-09-05}", at: "to: 2023-03-22", reason: "regimes pm-mild-moderate-48h-2018 and pm-72h-2015 (number 1) overlap where risk is mild or moderate"},
		{name: "override of nothing", file: aDecision, from: "overrides: [pm-mild-moderate-48h-2018,", to: "overrides: [pm-mild-48h-2018,", at: "overrides: [pm-mild-48h-2018", reason: "overrides pm-mild-48h-2018, which is no regime"},
		{name: "key without a value", file: "duties/execution-report.yaml", from: "    when: {risk: severe}", to: "    when:", at: "    when:", reason: "there is no value: give one or leave \"when\" out"},
		{name: "condition of nothing", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {}", at: "when: {}", reason: "the map is empty"},
		{name: "condition of no value", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {risk: []}", at: "risk: []", reason: "found an empty list"},
		{name: "blank citation", file: anAppeal, from: "citation: Ley 30364 art. 16-C (TUO art. 22), incorporado por DL 1386", to: "citation: \" \"", at: "citation:", reason: "there is no text"},
		{name: "missing bearer", file: anAppeal, from: "bearer: family-court\n", to: "", at: "id: appeal-granted", reason: "bearer is missing"},
		{name: "title in one language", file: anAppeal, from: "\n  en: Grant the appeal, without suspensive effect", to: "", at: "title:", reason: `title is missing in "en"`},
		{name: "part of a number", file: anAppeal, from: "{days: 3,", to: "{days: 2.5,", at: "days: 2.5", reason: "expected a whole number, found \"2.5\""},
		{name: "number in quotes", file: anAppeal, from: "{days: 3,", to: `{days: "3",`, at: `days: "3"`, reason: "expected a whole number"},
		{name: "number beyond all sense", file: "duties/breach-informed.yaml", from: "hours: 24", to: "hours: 24000000", at: "hours: 24000000", reason: "at most 100 years"},
		{name: "29 February of a common year", file: anAppeal, from: "from: 2018-09-05", to: "from: 2023-02-29", at: "2023-02-29", reason: `"2023-02-29" is not a date`},
		{name: "unknown shift", file: aPeriodic, from: "{months: 3, calendar: general}", to: "{months: 3, calendar: general, shift: never}", at: "shift: never", reason: "expected none"},
		{name: "calendar of hours", file: "duties/breach-informed.yaml", from: "{hours: 24}", to: "{hours: 24, calendar: court}", at: "calendar: court", reason: "a calendar has no part in hours"},
		{name: "shift of business days", file: "duties/employer-answer.yaml", from: "calendar: general}", to: "calendar: general, shift: none}", at: "shift: none", reason: "only the last day of days, calendar_days and months can move"},
		{name: "fixed day before the regime", file: "duties/shelter-accredited.yaml", from: "on: 2030-04-04", to: "on: 2025-04-04", at: "on: 2025-04-04", reason: "before the regime is in force"},
		{name: "limit of a period", file: "duties/map-updated.yaml", from: "    confidence: high", to: "    limit: {hours: 24}\n    confidence: high", at: "limit:", reason: "a duty that falls due every month has no use for limit"},
		{name: "clock of what is never a row", file: "duties/appeal-rules-2016.yaml", from: "never_a_row: true", to: "never_a_row: true\nstarts_on: [{type: appeal.filed}]", at: "starts_on:", reason: "a duty that is never a row has no use for starts_on"},
		{name: "start of a regime that repeats", file: aPeriodic, from: "    when: {risk: severe}", to: "    when: {risk: severe}\n    starts_on: [{type: measures.decided}]", at: "starts_on: [{type: measures.decided}]", reason: "a duty that repeats has no use for starts_on"},
		{name: "bearer by an unknown fact", file: aTotal, from: "  channel:\n", to: "  chanel:\n", at: "  chanel:", reason: `unknown fact "chanel"`},
		{name: "bearer by a value that never is", file: aTotal, from: "    peace-court: family-court", to: "    peace-curt: family-court", at: "peace-curt", reason: `fact channel never has the value "peace-curt"`},
		{name: "bearer by a fact who is none", file: aTotal, from: "    police: [police-station,", to: "    police: [cem,", at: "police: [cem", reason: "cem is not among the bearers of the duty"},
		{name: "bearer by two facts", file: aTotal, from: "bearer_by:\n", to: "bearer_by:\n  area: {rural: police-station}\n", at: "bearer_by:", reason: "give one fact, found area as well as channel"},
		{name: "serving an unknown period", file: aPeriodic, from: "repeats: true", to: "repeats: true\nserves: newest", at: "serves:", reason: "expected oldest or own"},
		{name: "serving periods that are none", file: anAppeal, from: "bearer: family-court", to: "bearer: family-court\nserves: own", at: "serves:", reason: "serves is for a duty that repeats"},
		{name: "last day of no year", file: "duties/annual-report-presented.yaml", from: `last_day: "03-31"`, to: `last_day: "02-29"`, at: "02-29", reason: "is not a day of every year"},
		{name: "last day and another limit", file: "duties/annual-report-presented.yaml", from: `{last_day: "03-31"}`, to: `{last_day: "03-31", hours: 4}`, at: "hours: 4", reason: "has no other limit"},
		{name: "last day of what is no register", file: anAppeal, from: "limit: {days: 3, calendar: court}", to: `limit: {days: 3, calendar: court, last_day: "03-31"}`, at: "last_day", reason: "last_day is for duties of every year"},
		{name: "one of several events misspelt", file: "duties/sexual-violence-attended.yaml", from: "{type: exam.performed, kind: psychological}", to: "{type: exam.performed, kind: psychologic}", at: "psychologic}", reason: `never has the value "psychologic"`},
		{name: "not a value that never is", file: "duties/interpreter-provided.yaml", from: "{not: relative}", to: "{not: friend}", at: "{not: friend}", reason: `never has the value "friend"`},
		{name: "condition that something is not", file: "duties/execution-report.yaml", from: "when: {risk: severe}", to: "when: {risk: {not: severe}}", at: "{not: severe}", reason: "a condition lists the values"},
		{name: "release of an unknown fact", file: aSent, from: "releases: {channel:", to: "releases: {chanel:", at: "releases:", reason: `unknown fact "chanel"`},
		{name: "release without an end", file: anAppeal, from: "    confidence: high", to: "    releases: all\n    confidence: high", at: "releases:", reason: "the regime has no end"},
		{name: "release of a word", file: aSent, from: "releases: {channel: [police, prosecutor, digital, line-100, health, school, ex-officio, unknown]}", to: "releases: some", at: "releases:", reason: `releases is "some", expected all`},
		{name: "deadline in an unknown field", file: anAppeal, from: "{days: 3, calendar: court}", to: "{until: deadline}", at: "until:", reason: `event type appeal.filed has no field "deadline"`},
		{name: "deadline and a number", file: anAppeal, from: "{days: 3, calendar: court}", to: "{until: appeal, hours: 3}", at: "limit:", reason: "give exactly one of"},
		{name: "stop without resumption", file: anAppeal, from: "    confidence: high", to: "    suspended_by: [{event: {type: hearing.held}, citation: x}]\n    confidence: high", at: "id: appeal-grant-3d", reason: "suspended_by and resumed_by go together"},
		{name: "stop without an article", file: anAppeal, from: "    confidence: high", to: "    suspended_by: [{event: {type: hearing.held}}]\n    resumed_by: [{type: hearing.held}]\n    confidence: high", at: "suspended_by:", reason: "citation is missing"},
		{name: "stop by an unknown event", file: anAppeal, from: "    confidence: high", to: "    suspended_by: [{event: {type: term.stopped}, citation: x}]\n    resumed_by: [{type: hearing.held}]\n    confidence: high", at: "suspended_by:", reason: `unknown event type "term.stopped"`},
		{name: "extension of another kind", file: anAppeal, from: "    confidence: high", to: "    extended_by: [{event: {type: hearing.held}, citation: x, by: {hours: 4}}]\n    confidence: high", at: "extended_by:", reason: "an extension is of the kind of its limit"},
		{name: "extension by nothing", file: anAppeal, from: "    confidence: high", to: "    extended_by: [{event: {type: hearing.held}, citation: x}]\n    confidence: high", at: "extended_by:", reason: "give exactly one of"},
		{name: "stop of periods", file: aPeriodic, from: "    when: {risk: severe}", to: "    when: {risk: severe}\n    suspended_by: [{event: {type: hearing.held}, citation: x}]", at: "suspended_by:", reason: "a duty that repeats has no use for suspended_by"},
		{name: "example of an extension that is none", file: anAppeal, from: `due: "2018-09-11`, to: `extended: "2018-09-06T00:00:00-05:00", due: "2018-09-11`, at: "extended:", reason: "nothing suspends or extends"},
		{name: "start with several events", file: anAppeal, from: "starts_on:\n  - {type: appeal.filed}", to: "starts_on:\n  all: [{type: appeal.filed}]", at: "  all:", reason: "a duty starts with one event"},
		{name: "pattern of any and all", file: anAppeal, from: "starts_on:\n  - {type: appeal.filed}", to: "starts_on:\n  any: [{type: appeal.filed}]\n  all: [{type: appeal.filed}]", at: "all:", reason: "give any or all, not both"},
		{name: "pattern of neither", file: anAppeal, from: "starts_on:\n  - {type: appeal.filed}", to: "starts_on:\n  some: [{type: appeal.filed}]", at: "some:", reason: `unknown key "some"`},
		{name: "pattern of two types", file: anAppeal, from: "{type: appeal.filed}", to: "{type: [appeal.filed, appeal.heard]}", at: "appeal.heard", reason: "an event pattern has one type"},
		{name: "instance that is no reference", file: "duties/patrol-assigned.yaml", from: "kind: target", to: "kind: target\ninstance: complete", at: "instance:", reason: "field complete of event type risk.assessed is no reference"},
		{name: "value that the default is never read as", file: "duties/execution-report.yaml", from: "undetermined_as: {risk: mild}", to: "undetermined_as: {risk: mildd}", at: "mildd", reason: `fact risk never has the value "mildd"`},
		{name: "review without a date", file: anAppeal, from: "instance: appeal", to: "instance: appeal\nreviewed: {by: a lawyer}", at: "reviewed:", reason: "give by and on"},
		{name: "review on no date", file: anAppeal, from: "instance: appeal", to: "instance: appeal\nreviewed: {by: a lawyer, on: today}", at: "on: today", reason: `"today" is not a date`},
		{name: "voided by an unknown event", file: anAppeal, from: "instance: appeal", to: "instance: appeal\nvoided_by: [{type: appeal.dropped}]", at: "voided_by:", reason: `unknown event type "appeal.dropped"`},
		{name: "voided by an event without the instance", file: anAppeal, from: "instance: appeal", to: "instance: appeal\nvoided_by: [{type: breach.reported}]", at: "instance:", reason: `event type breach.reported has no field "appeal"`},
		{name: "tab", file: anAppeal, from: "  - {type: appeal.filed}", to: "\t- {type: appeal.filed}", at: "\t- {", reason: "there is a tab: use blanks"},
		{name: "anchor", file: anAppeal, from: "instance: appeal", to: "instance: &i appeal", at: "&i", reason: "anchors, aliases and tags are not read"},
		{name: "second document", file: anAppeal, from: "examples:", to: "---\nexamples:", at: "examples:", reason: "a second document begins"},
		{name: "nothing", file: anAppeal, to: "", reason: "the file is empty"},
		{name: "only a comment", file: anAppeal, to: "# nothing yet\n", reason: "the file is empty"},
		{name: "a list", file: anAppeal, to: "- id: appeal-granted\n", at: "- id", reason: "expected a map of keys and values, found a list"},
		{name: "byte order mark", file: anAppeal, from: "id: appeal-granted", to: "\uFEFFid: appeal-granted", at: "id: appeal-granted", reason: "byte order mark"},
		{name: "other encoding", file: anAppeal, from: "Conceder la apelación", to: "Conceder la apelaci\xf3n", at: "Conceder", reason: "not UTF-8"},
		{name: "regime of two duties", duties: []string{"appeal-granted"}, file: "duties/appeal-heard.yaml", from: "  - id: appeal-hearing-3d", to: "  - id: appeal-grant-3d", at: "id: appeal-grant-3d", reason: "regime appeal-grant-3d is also in duty appeal-granted"},
	}
}

func successionFaults() []fault {
	const severe = "in_force: {from: 2018-09-05, to: 2023-03-22}\n    when: {risk: severe}"
	return []fault{
		{name: "hole for severe risk alone", file: "duties/variation-decided.yaml", from: "in_force: {from: 2019-03-08, to: 2023-03-22}\n    when: {risk: severe}", to: "in_force: {from: 2019-03-08, to: 2023-03-21}\n    when: {risk: severe}", at: "in_force: {from: 2023-03-23}", reason: "gap: no regime from 2023-03-22 to 2023-03-22 where risk is severe, between pm-variation-decision"},
		{name: "overlap of a day for severe risk alone", file: "duties/variation-decided.yaml", from: "in_force: {from: 2023-03-23}\n    when: {risk: severe}", to: "in_force: {from: 2023-03-22}\n    when: {risk: severe}", at: "in_force: {from: 2023-03-22}", reason: "overlap where risk is severe"},
		{name: "hole that an override would leave", file: aDecision, from: severe, to: "in_force: {from: 2018-09-06, to: 2023-03-22}\n    when: {risk: severe}", at: "in_force: {from: 2018-09-06", reason: "gap: no regime from 2018-09-05 to 2018-09-05 where risk is severe"},
		{name: "conditions on two facts that meet", file: "duties/vulnerable-victim-visited.yaml", from: "victim_disability: [none, unknown], victim_pregnant: true}", to: "victim_disability: [none, hearing], victim_pregnant: true}", at: "in_force:", reason: "overlap where victim_age_band is 18-25 or 26-35 or 36-45 or 46-59 or unknown and victim_disability is hearing and victim_pregnant is true"},
		{name: "hole under what is read in place of the default", file: "duties/execution-report.yaml", from: "in_force: {from: 2018-09-05}\n    when: {risk: severe}", to: "in_force: {from: 2018-09-05, to: 2019-01-01}\n    when: {risk: [severe, mild]}", at: "to: 2019-01-01", reason: "overlap where risk is mild"},
		{name: "override in a circle", file: aDecision, from: "    limit: {hours: 72}\n    confidence: high\n  - id: pm-mild", to: "    limit: {hours: 72}\n    overrides: [pm-72h-2015]\n    confidence: high\n  - id: pm-mild", at: "overrides: [pm-72h-2015]", reason: "overrides pm-72h-2015, which is or overrides pm-72h-2015"},
		{name: "override at another time", file: aDecision, from: "overrides: [pm-mild", to: "overrides: [pm-72h-2015, pm-mild", at: "overrides:", reason: "overrides pm-72h-2015, which is never in force together with it"},
		{name: "override in another instance", duties: []string{"appeal-heard"}, file: aDecision, from: "overrides: [pm-mild", to: "overrides: [appeal-hearing-3d, pm-mild", at: "overrides:", reason: "overrides appeal-hearing-3d of duty appeal-heard, which has one obligation per appeal; this duty has one per case"},
		{name: "override of what repeats", duties: []string{"periodic-report"}, file: anAppeal, from: "    confidence: high", to: "    overrides: [periodic-report-6m]\n    confidence: high", at: "overrides:", reason: "duty periodic-report never gives way"},
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
		{name: "value that a fact never has", file: "duties/execution-report.yaml", from: `{start: "2018-09-04T23:59:59-05:00", risk: severe`, to: `{start: "2018-09-04T23:59:59-05:00", risk: grave`, at: "risk: grave", reason: `fact risk never has the value "grave"`},
		{name: "unknown place", file: "duties/variation-notified.yaml", from: `{start: "2019-03-07T23:59:59-05:00"`, to: `{start: "2019-03-07T23:59:59-05:00", place: "99"`, at: `place: "99"`, reason: "place 99 is not in places.csv"},
		{name: "deed without a status", file: anAppeal, from: ", status: met", to: "", at: "the last second of the last day", reason: "status goes with done or as_of"},
		{name: "status without a deed", file: anAppeal, from: `, as_of: "2024-03-07T00:00:00-05:00"`, to: "", at: "status: missed", reason: "status goes with done or as_of"},
		{name: "deed and no deed", file: anAppeal, from: `as_of: "2024-03-07T00:00:00-05:00"`, to: `as_of: "2024-03-07T00:00:00-05:00", done: "2024-03-07T00:00:00-05:00"`, at: "status: missed", reason: "give done or as_of, not both"},
		{name: "deed before the start", file: anAppeal, from: `done: "2024-03-06T23:59:59-05:00"`, to: `done: "2023-03-06T23:59:59-05:00"`, at: "done: \"2023", reason: "done is before start, which does not count"},
		{name: "case that begins after the duty", file: aDecision, from: `case_start: "2018-09-04T23:00:00-05:00"`, to: `case_start: "2019-09-04T23:00:00-05:00"`, at: "case_start: \"2019", reason: "case_start is after start"},
		{name: "case of a duty that goes by itself", file: anAppeal, from: line, to: line + `, case_start: "2018-09-04T00:00-05:00"`, at: "case_start:", reason: "case_start has no part"},
		{name: "periods of what does not repeat", file: anAppeal, from: line, to: line + ", months: 3", at: "months: 3", reason: "months are those of the periods before"},
		{name: "due where there is nothing", file: anAppeal, from: "regime: none", to: `regime: none, due: "2018-09-11T00:00:00-05:00"`, at: "regime: none", reason: "where no regime applies nothing falls due"},
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
		{name: "missing version", file: "catalogue.yaml", from: `version: "2026.2"`, to: `version: ""`, at: "version:", reason: "there is no text"},
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
		{name: "zone of the machine", file: "catalogue.yaml", from: "America/Lima", to: "Local", at: "zone:", reason: `zone "Local" is not in the tz database`},
		{name: "unknown language", file: "catalogue.yaml", from: "languages: [es, en]", to: "languages: [es, qu]", at: "languages:", reason: `is "qu", expected es or en`},
		{name: "fact of no event", file: "catalogue.yaml", from: "risk: {last: risk.assessed, field", to: "risk: {field", at: "risk: {field", reason: "say in first or last of which events it is"},
		{name: "fact of an unknown event", file: "catalogue.yaml", from: "last: risk.assessed", to: "last: risk.weighed", at: "risk.weighed", reason: `fact risk: unknown event type "risk.weighed"`},
		{name: "fact that no start has", file: "catalogue.yaml", from: "start_field: area", to: "start_field: aera", at: "aera", reason: `no event type has the field "aera"`},
		{name: "fact with a default of another kind", file: "catalogue.yaml", from: `field: urgent, default: "false"`, to: `field: urgent, default: "no"`, at: `default: "no"`, reason: "the fact is true or false"},
		{name: "fact named like a key of examples", file: "catalogue.yaml", from: "  urgent: {", to: "  status: {", at: "  status: {", reason: "the name is a key of examples"},
		{name: "unknown event of which the first counts", file: "catalogue.yaml", from: "first_only: [report.received]", to: "first_only: [report.taken]", at: "first_only:", reason: `unknown event type "report.taken"`},
		{name: "retraction that names no event", file: "catalogue.yaml", from: "retraction: event.retracted", to: "retraction: case.archived", at: "retraction:", reason: `event type case.archived has no field "source"`},
		{name: "report of a unit without its kind", file: "catalogue.yaml", from: "unit_report: unit.reported", to: "unit_report: campaign.run", at: "unit_report:", reason: `event type campaign.run has no field "kind"`},
		{name: "unknown kind of institution", file: "catalogue.yaml", from: "[family-station]", to: "[womens-station]", at: "womens-station", reason: `unknown kind of institution "womens-station"`},
		{name: "missing head", file: "catalogue.yaml", to: gone, reason: "the file is missing"},
		{name: "misspelt name of a part", file: "distance.csv", to: "code,hours\n16,24\n", reason: "nothing reads this file: expected one of catalogue.yaml"},
		{name: "duty with another ending", file: "duties/appeal-heard.yml", to: "id: appeal-heard\n", reason: "nothing reads this file"},
		{name: "calendar without a weekend", file: "calendars/holidays.yaml", from: "weekend: [saturday, sunday]\n", to: "", at: "id:", reason: "give its weekend, or the calendar that it extends"},
		{name: "calendars in a circle", file: "calendars/holidays.yaml", from: "weekend:", to: "extends: court\nweekend:", at: "extends: court", reason: "calendar holidays: extends itself"},
		{name: "day off on 29 February", file: "calendars/holidays.yaml", from: `"12-25"`, to: `"02-29"`, at: "02-29", reason: "29 February is not in every year"},
		{name: "day off until before since", file: "calendars/holidays.yaml", from: "since: 2024", to: "since: 2024, until: 2023", at: "until: 2023", reason: "until 2023 is before since 2024"},
		{name: "day off since a slip", file: "calendars/holidays.yaml", from: "since: 2024", to: "since: 20224", at: "20224", reason: "expected a year from 1950 to 2199"},
		{name: "day off in no month", file: "calendars/court.yaml", from: "first_working_day_of: 1,", to: "first_working_day_of: 13,", at: ": 13", reason: "13 is not a month"},
		{name: "day off without a name", file: "calendars/court.yaml", from: "{name: {es: Día del Juez, en: Judge's Day}, date", to: "{date", at: "08-04", reason: `name is missing in "es"`},
		{name: "extra day that does not exist", file: "calendars/general.yaml", from: "extra: []", to: "extra: [2026-02-29]", at: "extra:", reason: `"2026-02-29" is not a date`},
		{name: "extra day beyond the calendar", file: "calendars/general.yaml", from: "extra: []", to: "extra: [1926-02-02]", at: "extra:", reason: "outside the years 1950 to 2199"},
		{name: "implication without articles", file: "implications.yaml", from: "articles: [R 82.1, L 45.2.B, L 45.2.C, L 45.2.E, L 45.2.F, L 3.6]", to: "articles: []", at: "articles: []", reason: "implication school-education names no article"},
		{name: "implication twice", file: "implications.yaml", from: "- id: campaigns", to: "- id: training", at: "- id: training", reason: "id training is listed twice"},
		{name: "number of two implications", file: "implications.yaml", from: "number: 16", to: "number: 15", at: "number: 15", reason: "number 15 is listed twice"},
		{name: "cause without its finding", file: "causes.yaml", to: "- id: luck\n  number: 1\n  title: {es: Suerte, en: Luck}\n  reads_as: {es: De pronto, en: Suddenly}\n", at: "id: luck", reason: "found_by_study is missing"},
		{name: "word in one language", file: "words.yaml", from: "coast: {es: Costa, en: Coast}", to: "coast: {es: Costa, english: Coast}", at: "coast:", reason: `unknown key "english": expected one of en, es`},
		{name: "event that is no JSON", file: anEvent, from: `"x-subject": "case",`, to: `"x-subject": "case"`, at: `"type": "object"`, reason: "not JSON"},
		{name: "event with a key twice", file: anEvent, from: `"x-subject": "case",`, to: `"x-subject": "case", "x-subject": "register",`, at: `"x-subject"`, reason: "duplicate object member name"},
		{name: "event with an unknown key", file: anEvent, from: `"required":`, to: `"requires":`, at: `"requires":`, reason: `unknown key "requires"`},
		{name: "event that needs an unknown field", file: anEvent, from: `"required": ["ubigeo",`, to: `"required": ["ubigee",`, at: `"required":`, reason: `required field "ubigee" is not among the properties`},
		{name: "event with an unknown field definition", file: anEvent, from: "fields.json#/$defs/appeal\"", to: "fields.json#/$defs/apeal\"", at: "apeal", reason: "does not exist: expected fields.json#/$defs/"},
		{name: "event named otherwise", file: anEvent, from: `"title": "appeal.filed"`, to: `"title": "appeal.lodged"`, at: `"title"`, reason: "expected the file's name"},
		{name: "event of an unknown subject", file: anEvent, from: `"x-subject": "case"`, to: `"x-subject": "person"`, at: `"x-subject"`, reason: "expected case or register"},
		{name: "event of an unknown JSON type", file: anEvent, from: `"type": "object"`, to: `"type": "map"`, at: `"type": "map"`, reason: "not a JSON Schema"},
		{name: "field of an unknown JSON type", file: "events/fields.json", from: `"description": "Risk level.", "type": "string"`, to: `"description": "Risk level.", "type": "text"`, at: "Risk level.", reason: "not a JSON Schema"},
		{name: "field of an unknown format", file: "events/fields.json", from: `"format": "date-time"`, to: `"format": "datetime"`, at: `"datetime"`, reason: "expected date-time"},
		{name: "event that is a list", file: anEvent, to: "[]", at: "[]", reason: "expected a JSON object"},
		{name: "event of nothing", file: anEvent, to: "", reason: "the file is empty"},
		{name: "place with letters", file: "places.csv", from: "\n0102,", to: "\nO102,", at: "O102,", reason: `"O102" is neither a department (2 digits) nor a province (4)`},
		{name: "place twice", file: "places.csv", from: "\n0102,", to: "\n0101,", at: "0101,Bagua", reason: "place 0101 is listed twice"},
		{name: "place without a name", file: "places.csv", from: "0102,Bagua,", to: "0102,,", at: "0102,", reason: "place 0102 has no name"},
		{name: "misspelt region", file: "places.csv", from: "0102,Bagua,jungle,", to: "0102,Bagua,jungel,", at: "jungel", reason: `region "jungel" has no word in words.yaml`},
		{name: "region with a blank", file: "places.csv", from: "0102,Bagua,jungle,", to: "0102,Bagua, jungle,", at: "Bagua", reason: "has blanks around it"},
		{name: "row of another length", file: "places.csv", from: "0102,Bagua,jungle,jungle", to: "0102,Bagua,jungle", at: "Bagua", reason: "wrong number of fields"},
		{name: "line after an empty one", file: "places.csv", from: "\n0102,", to: "\n\nO102,", at: "O102,", reason: "neither a department"},
		{name: "district of no province", file: "districts.csv", from: "010102,", to: "990102,", at: "990102", reason: `"990102" is not a district (6 digits) of a known province`},
		{name: "district twice", file: "districts.csv", from: "010102,", to: "010101,", at: "Asunción", reason: "place 010101 is listed twice"},
		{name: "districts without their columns", file: "districts.csv", from: "code,name", to: "name,code", at: "name,code", reason: "expected the columns code, name"},
		{name: "distances in another order", file: "distances.csv", to: "hours,code\n24,16\n", at: "hours,code", reason: "expected the columns code, hours"},
		{name: "distance of a place twice", file: "distances.csv", to: "code,hours\n16,24\n16,48\n", at: "16,48", reason: "place 16 is listed twice"},
		{name: "distance of an unknown place", file: "distances.csv", to: "code,hours\n16,24\n99,24\n", at: "99,24", reason: `unknown place "99"`},
		{name: "distance that is no number", file: "distances.csv", to: "code,hours\n16,a day\n", at: "a day", reason: `hours is "a day"`},
		{name: "distance below zero", file: "distances.csv", to: "code,hours\n16,-1\n", at: "-1", reason: `hours is "-1"`},
		{name: "table of nothing", file: "distances.csv", to: "\n", reason: "distances.csv:1: the table is empty"},
		{name: "attribute that is no number", file: "attributes.csv", to: "code,capital_km\n0101,NaN\n", at: "NaN", reason: `capital_km is "NaN"`},
		{name: "attribute of a place twice", file: "attributes.csv", to: "code,capital_km\n0101,1\n0101,2\n", at: "0101,2", reason: "place 0101 is listed twice"},
		{name: "column twice", file: "attributes.csv", to: "code,km,km\n0101,1,2\n", at: "code,km,km", reason: "has no name or that of another"},
		{name: "province before its department", file: "places.csv", from: "\n01,Amazonas,jungle,jungle\n", to: "\n", at: "0101,", reason: "province 0101 stands before its department"},
		{name: "place without a region", file: "places.csv", from: "\n01,Amazonas,jungle,jungle\n", to: "\n01,Amazonas,,jungle\n", at: "01,Amazonas,,", reason: "place 01 has no region under natural"},
		{name: "table without its columns", file: "places.csv", from: "code,name,", to: "ubigeo,name,", at: "ubigeo", reason: "expected the columns code, name and at least one grouping"},
	}
}

func TestLoadRefuses(t *testing.T) {
	for group, faults := range map[string][]fault{"duty": dutyFaults(), "succession": successionFaults(), "example": exampleFaults(), "other": otherFaults()} {
		for _, f := range faults {
			t.Run(group+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				kept := append(f.duties, "appeal-granted")
				if id, ok := strings.CutPrefix(f.file, "duties/"); ok {
					kept = append(f.duties, strings.TrimSuffix(id, ".yaml"))
				}
				o := lawtest.NewOverlay(t, kept...)
				switch {
				case f.to == gone:
					delete(o.MapFS, f.file)
				case f.from == "":
					o.Write(f.file, f.to)
				default:
					o.Edit(f.file, f.from, f.to)
				}
				o.Refused(f.file, f.at, f.reason)
			})
		}
	}
}

// A reform that forgets someone is told from one that lets someone go.
func TestReformsThatDropPeople(t *testing.T) {
	const open = `    in_force: {from: 2023-03-23}
    when: {risk: [mild, moderate, severe]}
    limit: {hours: 24}
`
	const ended = `    in_force: {from: 2023-03-23, to: 2026-09-30}
    when: {risk: [mild, moderate, severe]}
    limit: {hours: 24}
`
	const forSevereOnly = `
  - id: pm-severe-12h-2026
    citation: a reform
    in_force: {from: 2026-10-01}
    when: {risk: severe}
    limit: {hours: 12}
    confidence: low
examples:
`
	reform := func(edit func(o lawtest.Overlay)) lawtest.Overlay {
		o := lawtest.NewOverlay(t, "measures-decided")
		o.Edit(aDecision, open, ended)
		o.Edit(aDecision, "\nexamples:\n", forSevereOnly)
		edit(o)
		return o
	}
	reform(func(lawtest.Overlay) {}).Refused(aDecision, "to: 2026-09-30", "drops people: after pm-known-risk-24h-2023 (2026-09-30) no regime judges them where risk is mild or moderate")
	reform(func(o lawtest.Overlay) {
		o.Edit(aDecision, ended, ended+"    releases: {risk: mild}\n")
	}).Refused(aDecision, "to: 2026-09-30", "no regime judges them where risk is moderate")
	reform(func(o lawtest.Overlay) {
		o.Edit(aDecision, "when: {risk: [mild, moderate, severe]}", "when: {risk: severe}")
	}).Refused(aDecision, "to: 2023-05-25", "drops people: after pm-covid-24h (2023-05-25) no regime judges them where risk is mild or moderate")

	expressly := reform(func(o lawtest.Overlay) { o.Edit(aDecision, ended, ended+"    releases: {risk: [mild, moderate]}\n") })
	_, unjudged, err := load.Checked(expressly.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	var warnings []string
	for _, u := range unjudged {
		warnings = append(warnings, u.String())
	}
	before, _, _ := strings.Cut(string(expressly.MapFS[aDecision].Data), "to: 2026-09-30")
	want := fmt.Sprintf("%s:%d: no regime where risk is mild or moderate from 2026-10-01 on: nobody there is judged", aDecision, 1+strings.Count(before, "\n"))
	if !slices.Equal(warnings, []string{want}) {
		t.Errorf("warnings %q, want %q", warnings, want)
	}

	alone := lawtest.NewOverlay(t, "measures-in-total")
	alone.Edit(aTotal, "{from: 2023-03-23}", "{from: 2023-03-23, to: 2026-09-30}")
	alone.Refused(aTotal, "to: 2026-09-30", "drops people: after pm-total-48h-2023 (2026-09-30) no regime judges them; add")
}

// People whom no regime ever judges are listed, for someone to see whether the law
// does.
func TestUnjudged(t *testing.T) {
	_, got, err := load.Checked(lawtest.NewOverlay(t, "patrol-assigned", "appeal-granted").MapFS)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Duty.ID != "patrol-assigned" || got[0].From != 0 ||
		got[0].Where != " where channel is prosecutor or family-court or peace-court or digital or line-100 or health or school or ex-officio or unknown" {
		t.Errorf("got %v, want all channels but the police of patrol-assigned", got)
	}
}

// A file that is not there is one error, however many name what it holds.
func TestMissingImplications(t *testing.T) {
	files := lawtest.All(t)
	delete(files, "implications.yaml")
	_, err := load.Catalogue(files)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "implications.yaml: the file is missing") {
		t.Errorf("got %v, want one error that says implications.yaml is missing", err)
	}
}

func TestNoExamples(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted")
	text := string(o.MapFS[anAppeal].Data)
	o.Write(anAppeal, text[:strings.Index(text, "examples:")])
	o.Refused(anAppeal, "id: appeal-granted", "the duty has no examples")
}

// Nothing lies in a catalogue unread: what looks like a duty and is none would
// promise what does not happen.
func TestUnreadFiles(t *testing.T) {
	for _, name := range []string{"duties/notes.txt", "duties/appeal-granted.yaml.bak", "duties/appeal-granted.yml", "duties/old/appeal-granted.yaml", "duties/appeal-heard", "places.xlsx"} {
		o := lawtest.NewOverlay(t, "appeal-granted")
		o.Write(name, "id: x\n")
		o.Refused(name, "", "nothing reads this file")
	}
	o := lawtest.NewOverlay(t, "appeal-granted")
	for _, note := range []string{"README.md", "duties/README.md", "LICENSE", ".gitattributes"} {
		o.Write(note, "a note")
	}
	if _, err := load.Catalogue(o.MapFS); err != nil {
		t.Error(err)
	}
}

// What is wrong in several places is said at once.
func TestLoadRefusesAllAtOnce(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted", "appeal-heard")
	o.Edit(anAppeal, "calendar: court", "calendar: courts")
	o.Edit(anAppeal, "confidence: high", "confidence: sure")
	o.Edit("duties/appeal-heard.yaml", "bearer: family-chamber", "bearer: chamber")
	o.Edit("catalogue.yaml", "case_start: report.received", "case_start: report.made")
	for file, reason := range map[string]string{anAppeal: "unknown calendar", "duties/appeal-heard.yaml": `"chamber"`, "catalogue.yaml": `"report.made"`} {
		o.Refused(file, "", reason)
	}
	o.Refused(anAppeal, "confidence: sure", `confidence is "sure"`)
	for _, broken := range []string{"calendars/court.yaml", "implications.yaml", "events/appeal.filed.json", "duties/appeal-granted.yaml"} {
		o.Write(broken, "")
	}
	for _, broken := range []string{"calendars/court.yaml", "implications.yaml", "events/appeal.filed.json", "duties/appeal-granted.yaml"} {
		o.Refused(broken, "", "the file is empty")
	}
}

// Whoever edits on another system ends lines otherwise. The law stays the same.
func TestLineEndsOfAnotherSystem(t *testing.T) {
	o := lawtest.NewOverlay(t, "measures-decided", "appeal-granted")
	plain, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range o.MapFS {
		o.Write(name, strings.ReplaceAll(string(file.Data), "\n", "\r\n"))
	}
	windows, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	if diff := diff.Of(plain, windows, "es"); len(diff) > 0 {
		t.Error(diff)
	}
	o.Edit(anAppeal, "calendar: court", "calendar: courts")
	o.Refused(anAppeal, "calendar: courts", "unknown calendar")
}
