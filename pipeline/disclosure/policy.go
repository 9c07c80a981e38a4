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
