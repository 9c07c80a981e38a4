package access

import (
	"fmt"
	"slices"
	"strings"

	"amparo/schemas/law"
)

// A Role is what an account is for. An account has exactly one.
type Role string

// The seven roles.
const (
	// Public is anyone, without an account.
	Public Role = "public"
	// Regional sees the numbers of its own places exactly, and those of others as the public does.
	Regional Role = "regional"
	// National is the monitoring desk: all numbers, and the queue of what is due and overdue.
	National Role = "national"
	// Analyst works for an approved purpose, with a lower floor than the public.
	Analyst Role = "analyst"
	// Steward answers for the data of one institution, and sees its cases.
	Steward Role = "steward"
	// Auditor is the ombudsman: all numbers, and who looked at what. No other role can limit it.
	Auditor Role = "auditor"
	// Administrator keeps the accounts. It sees no case, and no more numbers than the public.
	Administrator Role = "administrator"
)

// Roles are all roles, from the public to the administrator.
func Roles() []Role {
	return []Role{Public, Regional, National, Analyst, Steward, Auditor, Administrator}
}

// Title is the role's name for people.
func (r Role) Title() law.Text {
	return map[Role]law.Text{
		Public:        {ES: "Público", EN: "Public"},
		Regional:      {ES: "Autoridad regional", EN: "Regional viewer"},
		National:      {ES: "Mesa nacional", EN: "National desk"},
		Analyst:       {ES: "Analista", EN: "Analyst"},
		Steward:       {ES: "Responsable de institución", EN: "Institution steward"},
		Auditor:       {ES: "Defensoría (auditoría)", EN: "Ombudsman-auditor"},
		Administrator: {ES: "Administración del sistema", EN: "System administrator"},
	}[r]
}

// ParseRole reads the name of a role that an account can have.
func ParseRole(name string) (Role, error) {
	role := Role(strings.ToLower(strings.TrimSpace(name)))
	accounts := Roles()[1:]
	if !slices.Contains(accounts, role) {
		return "", fmt.Errorf("no account has the role %q: give one of %s", name, joinRoles(accounts))
	}
	return role, nil
}

func joinRoles(roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// A Right is one thing that a role may do. What no right allows is denied.
type Right string

// The rights.
const (
	// SeePublic: what is published. Everyone has it.
	SeePublic Right = "see-public"
	// SeeNumbers: numbers for those who work with them; how exact, Viewer.Policy says.
	SeeNumbers Right = "see-numbers"
	// SeeNation: all numbers, exactly. What is not made for a scope needs it.
	SeeNation Right = "see-nation"
	// SeeOffices: numbers of single institutions.
	SeeOffices Right = "see-offices"
	// SeeQueue: what is due and overdue, by opaque token.
	SeeQueue Right = "see-queue"
	// HandleAlerts: to take up, hand over, acknowledge and mute what stands in the queue.
	HandleAlerts Right = "handle-alerts"
	// SeeHandling: who did what about alerts, and how soon.
	SeeHandling Right = "see-handling"
	// SeeCases: the timeline of a case in the viewer's scope.
	SeeCases Right = "see-cases"
	// BreakGlass: to see one case for three hours, for a reason that the auditor is told.
	BreakGlass Right = "break-glass"
	// ExportNumbers: files of the numbers that one sees.
	ExportNumbers Right = "export-numbers"
	// ExportCases: to ask for a file of cases, which a second person must allow.
	ExportCases Right = "export-cases"
	// ApproveExports: to be that second person.
	ApproveExports Right = "approve-exports"
	// ReadLog: the access log, and to verify it.
	ReadLog Right = "read-log"
	// ManageUsers: accounts and their roles.
	ManageUsers Right = "manage-users"
	// HaveAccount: what everyone who has logged in may do with their own account.
	HaveAccount Right = "have-account"
)

// Rights are all rights.
func Rights() []Right {
	return []Right{
		SeePublic, SeeNumbers, SeeNation, SeeOffices, SeeQueue, HandleAlerts, SeeHandling, SeeCases, BreakGlass, ExportNumbers, ExportCases,
		ApproveExports, ReadLog, ManageUsers, HaveAccount,
	}
}

// rights is the whole table of who may what.
var rights = map[Role][]Right{
	Public:        {SeePublic},
	Regional:      {SeePublic, HaveAccount, SeeNumbers, SeeOffices, BreakGlass},
	National:      {SeePublic, HaveAccount, SeeNumbers, SeeNation, SeeOffices, SeeQueue, HandleAlerts, SeeHandling, BreakGlass, ExportNumbers, ApproveExports},
	Analyst:       {SeePublic, HaveAccount, SeeNumbers, ExportNumbers, ExportCases},
	Steward:       {SeePublic, HaveAccount, SeeNumbers, SeeOffices, SeeQueue, HandleAlerts, SeeHandling, SeeCases, ExportNumbers, ExportCases},
	Auditor:       {SeePublic, HaveAccount, SeeNumbers, SeeNation, SeeOffices, SeeHandling, BreakGlass, ExportNumbers, ApproveExports, ReadLog},
	Administrator: {SeePublic, HaveAccount, ManageUsers},
}

// Has reports whether a role has a right.
func (r Role) Has(right Right) bool { return slices.Contains(rights[r], right) }

// apart are the pairs of roles that no one person may hold.
var apart = [][2]Role{{Steward, Auditor}, {Administrator, Steward}, {Administrator, Auditor}}

// Separate reports whether two roles must be held by two persons: who enters
// data or keeps the accounts does not audit, and who keeps the accounts sees no
// case.
func Separate(a, b Role) bool {
	return slices.Contains(apart, [2]Role{a, b}) || slices.Contains(apart, [2]Role{b, a})
}
