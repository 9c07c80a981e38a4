package disclosure

// A Policy says how much of small groups a reader may see. There are three, and
// no more can be made: no request, setting or argument lowers a floor. The zero
// Policy is that of the public.
type Policy struct{ level level }

type level int

const (
	public level = iota
	analyst
	exact
)

// The policies.
var (
	// ForPublic is for anyone.
	ForPublic = Policy{public}
	// ForAnalyst is for those with an approved purpose.
	ForAnalyst = Policy{analyst}
	// Exact is for those who must act on each case.
	Exact = Policy{exact}
)

// Name is the policy's name.
func (p Policy) Name() string { return [...]string{"public", "analyst", "exact"}[p.level] }

// Floor is the smallest group of persons of which anything is shown.
func (p Policy) Floor() uint64 { return [...]uint64{Floor, 5, 1}[p.level] }

// uniform is the smallest group that is shown when all in it share one outcome.
func (p Policy) uniform() uint64 { return [...]uint64{Uniform, 15, 1}[p.level] }

// step is what shown counts are rounded to.
func (p Policy) step() uint64 { return [...]uint64{Step, 1, 1}[p.level] }

// HidesNothing reports whether every number is shown as it is.
func (p Policy) HidesNothing() bool { return p == Exact }

// The floors of the public.
const (
	// Floor is the smallest group of which the public sees anything.
	Floor = 10
	// Uniform is the smallest group that is shown when all in it share one
	// outcome: to know the group is then to know the outcome of each member.
	Uniform = 30
	// Step is what counts for the public are rounded to.
	Step = 5
)

// Statistic tells whether a mean, a median, a quantile, an extreme or a share
// may be shown that rests on so many persons: "" where it may.
func (p Policy) Statistic(persons uint64) Reason {
	if p.HidesNothing() || persons >= p.Floor() {
		return ""
	}
	return TooFew
}

// Curve returns how many steps of a survival curve may be shown, and of the
// table beneath it: the curve ends where fewer persons than the floor are left.
func (p Policy) Curve(atRisk []uint64) int {
	for i, n := range atRisk {
		if p.Statistic(n) != "" {
			return i
		}
	}
	return len(atRisk)
}
