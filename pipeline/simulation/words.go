package simulation

// The values that made-up cases have, with how often they come.
var (
	channels = []share{{"police", 80}, {"prosecutor", 5}, {"family-court", 5}, {"peace-court", 2}, {"line-100", 2}, {"health", 2}, {"digital", 2}, {"school", 1}, {"ex-officio", 1}}

	kindsOfViolence = []share{{"psychological", 42}, {"physical", 39}, {"sexual", 18}, {"economic", 1}}
	sexes           = []share{{"female", 85}, {"male", 15}}
	ages            = []share{{"0-5", 6}, {"6-11", 9}, {"12-17", 14}, {"18-25", 15}, {"26-35", 22}, {"36-45", 17}, {"46-59", 11}, {"60-plus", 6}}
	relations       = []share{{"partner", 30}, {"ex-partner", 22}, {"spouse", 12}, {"ex-spouse", 4}, {"parent", 12}, {"child", 6}, {"sibling", 5}, {"other-relative", 5}, {"same-household", 1}, {"none", 3}}
	languages       = []share{{"quechua", 60}, {"aymara", 12}, {"ashaninka", 8}, {"awajun", 6}, {"shipibo-konibo", 4}, {"other-indigenous", 4}, {"sign", 5}, {"foreign", 1}}
	ethnicities     = []share{{"mestizo", 58}, {"quechua", 22}, {"aymara", 3}, {"amazonian", 3}, {"afro-peruvian", 4}, {"white", 5}, {"other", 1}, {"unknown", 4}}
	disabilities    = []share{{"none", 94}, {"physical", 2}, {"hearing", 1}, {"visual", 1}, {"intellectual", 1}, {"unknown", 1}}

	refusals      = []share{{"no-proof", 4}, {"not-serious", 3}, {"discouraged", 2}, {"wrong-place", 3}, {"no-staff", 2}, {"other", 1}}
	modes         = []share{{"in-person", 5}, {"remote", 3}, {"relative", 4}}
	sheets        = []share{{"partner", 70}, {"child", 22}, {"older-adult", 8}}
	reassessments = []share{{"mild", 3}, {"moderate", 4}, {"severe", 3}}

	orders           = []share{{"no-approach", 40}, {"no-contact", 25}, {"removal", 12}, {"victim-treatment", 18}, {"aggressor-treatment", 14}, {"no-weapons", 2}, {"inventory", 2}, {"allowance", 2}, {"no-disposal", 1}, {"no-taking-of-children", 1}, {"shelter", 1}, {"other", 6}}
	variationReasons = []share{{"risk-change", 3}, {"new-report", 3}, {"victim-request", 4}, {"sentence", 1}, {"other", 1}}
	changes          = []share{{"replaced", 3}, {"extended", 4}, {"lifted", 2}, {"ratified", 1}}

	shelterRefusals   = []share{{"no-bed", 4}, {"no-shelter", 3}, {"conditions", 2}, {"own-will", 2}, {"other", 1}}
	penalties         = []share{{"prison-suspended", 3}, {"prison-effective", 3}, {"prison-converted", 2}, {"community-service", 2}, {"reserved", 2}, {"civil-reparation", 3}}
	shockKinds        = []share{{"road-block", 4}, {"strike", 3}, {"disaster", 3}, {"court-suspension", 2}, {"pandemic", 1}, {"other", 1}}
	audiences         = []share{{"general", 5}, {"victims", 4}, {"men", 1}}
	campaignLanguages = []share{{"es", 7}, {"quechua", 2}, {"aymara", 1}}
	bodies            = []share{{"regional", 3}, {"provincial", 4}, {"district", 5}}
	workers           = []share{{"police-officer", 5}, {"psychologist", 3}, {"lawyer", 3}, {"social-worker", 2}, {"various", 1}}
	suggestions       = []share{{"continued-training", 4}, {"rigorous-recruitment", 1}, {"resources-and-coverage", 4}, {"prevention-and-awareness", 2}, {"support-frontline-workers", 2}, {"improve-policies-and-system", 3}}
	discrepancies     = []share{{"training", 4}, {"campaigns", 2}, {"reporting", 4}, {"investigation", 3}, {"multidisciplinary-support", 2}, {"protection-measures", 4}, {"refuge-homes", 2}, {"treatment", 1}, {"adequate-conditions", 2}, {"celerity-compliance", 3}}
	grievances        = []share{{"mistreatment", 5}, {"discrimination", 2}, {"charged-for-service", 1}, {"misconduct", 3}}
	complaintOutcomes = []share{{"sanction", 3}, {"no-sanction", 5}, {"transfer", 2}}
	sanctions         = []share{{"reprimand", 4}, {"suspension-days", 3}, {"rigour-days", 3}, {"out-of-service", 1}, {"dismissal", 1}}
	causes            = []share{{"insufficient-resources", 5}, {"poor-execution", 3}, {"centralist-design", 2}, {"lack-of-collaboration", 3}, {"bad-luck", 1}, {"unrealistic-expectations", 2}, {"poor-policies", 2}}
	details           = []share{{"staff", 5}, {"forensic-queue", 3}, {"transport", 3}, {"language", 1}, {"connectivity", 2}, {"no-facility", 1}}
	closings          = []share{{"finished", 5}, {"archived", 3}, {"unfounded", 1}, {"other", 1}}
	corrections       = []share{{"wrong-time", 5}, {"wrong-content", 3}, {"entered-twice", 3}, {"other", 1}}
)

// vocabulary are the event types without which no case can be told.
var vocabulary = []string{
	"violence.occurred", "report.received", "report.registered", "report.withdrawn", "risk.assessed", "file.sent", "file.received",
	"measures.decided", "measures.notified", "measures.executed", "measures.ended", "execution.reported", "compliance.reported",
	"breach.reported", "breach.informed", "variation.requested", "measures.varied", "appeal.filed", "appeal.granted", "appeal.withdrawn",
	"case.transferred", "case.merged", "event.retracted",
}
