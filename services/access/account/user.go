// Package account keeps who may log in, and logs them in: with a password and a
// second factor that are kept here, or through an OpenID provider.
//
// Nobody has a password that someone else has chosen. An account begins with a
// link that works once; whoever opens it chooses the password and sets up the
// second factor.
package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"amparo/schemas/law"
	"amparo/services/access"
)

// A User is an account that is kept here.
type User struct {
	Name        string      `json:"name"`
	Person      string      `json:"person"` // whose account it is: an e-mail address, say
	Role        access.Role `json:"role"`
	Places      []string    `json:"places,omitempty"`
	Institution string      `json:"institution,omitempty"`
	Purpose     string      `json:"purpose,omitempty"`
	Until       time.Time   `json:"until,omitzero"` // an analyst's purpose ends
	Disabled    bool        `json:"disabled,omitempty"`

	// Password is its argon2id hash, "" until the account is set up.
	Password string `json:"password,omitempty"`
	// Secret is that of the second factor.
	Secret string `json:"secret,omitempty"`
	// Step is the last step of the second factor that was used: none is taken twice.
	Step int64 `json:"step,omitempty"`
	// Link is the hash of the link that sets the account up, and LinkUntil its end.
	Link      string    `json:"link,omitempty"`
	LinkUntil time.Time `json:"link_until,omitzero"`
	// Epoch changes when all sessions of the account have to end.
	Epoch int `json:"epoch"`
}

// Viewer is the user as the guard knows them.
func (u *User) Viewer() access.Viewer {
	return access.Viewer{Name: u.Name, Role: u.Role, Places: u.Places, Institution: u.Institution, Purpose: u.Purpose}
}

// Viewers are the accounts that can be used, as the guard knows them.
func (u *Users) Viewers(now time.Time) ([]access.Viewer, error) {
	list, err := u.List()
	if err != nil {
		return nil, err
	}
	var out []access.Viewer
	for i := range list {
		if list[i].State(now) == "active" {
			out = append(out, list[i].Viewer())
		}
	}
	return out, nil
}

// State says in a word whether the account can be used.
func (u *User) State(now time.Time) string {
	switch {
	case u.Disabled:
		return "disabled"
	case !u.Until.IsZero() && !now.Before(u.Until):
		return "ended"
	case u.Password == "" && now.After(u.LinkUntil):
		return "link-ended"
	case u.Password == "":
		return "to-set-up"
	}
	return "active"
}

// StateTitle is a state for people.
func StateTitle(state string) law.Text {
	return map[string]law.Text{
		"active": {ES: "activa", EN: "active"}, "disabled": {ES: "desactivada", EN: "disabled"}, "to-set-up": {ES: "por configurar", EN: "to be set up"},
		"link-ended": {ES: "enlace vencido", EN: "link ended"}, "ended": {ES: "propósito terminado", EN: "purpose ended"},
	}[state]
}

// ErrInvalid means that an account cannot be as it was asked for.
var ErrInvalid = errors.New("invalid account")

var (
	nameShape  = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,39}$`)
	placeShape = regexp.MustCompile(`^[0-9]{2}([0-9]{2}){0,2}$`)
)

// check tells what is wrong with an account by itself.
func (u *User) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !nameShape.MatchString(u.Name) {
		wrong("the name %q: give 2 to 40 small letters, digits, points, hyphens or underscores, a letter first", u.Name)
	}
	if strings.TrimSpace(u.Person) == "" {
		wrong("say whose account it is: no one may hold two roles that must be apart")
	}
	if _, err := access.ParseRole(string(u.Role)); err != nil {
		errs = append(errs, err)
	}
	if (u.Role == access.Regional) != (len(u.Places) > 0) {
		wrong("places are for the role %s, which needs at least one", access.Regional)
	}
	for _, place := range u.Places {
		if !placeShape.MatchString(place) {
			wrong("the place %q: give the 2, 4 or 6 digits of its code", place)
		}
	}
	if (u.Role == access.Steward) != (u.Institution != "") {
		wrong("an institution is for the role %s, which needs one", access.Steward)
	}
	if (u.Role == access.Analyst) != (u.Purpose != "") {
		wrong("a purpose is for the role %s, which needs one", access.Analyst)
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: %w", ErrInvalid, errors.Join(errs...))
	}
	return nil
}

// Users is the file of accounts. Several processes may have it open; what one
// changes the others see.
type Users struct {
	path string
	lock *flock.Flock

	mu   sync.Mutex
	seen os.FileInfo
	list []User
}

// OpenUsers opens the file of accounts in a folder; it need not be there yet.
func OpenUsers(dir string) (*Users, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of accounts: %w", err)
	}
	u := &Users{path: filepath.Join(dir, "users.json"), lock: flock.New(filepath.Join(dir, "users.lock"))}
	if _, err := u.List(); err != nil {
		return nil, err
	}
	return u, nil
}

// List returns all accounts.
func (u *Users) List() ([]User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.read(); err != nil {
		return nil, err
	}
	return slices.Clone(u.list), nil
}

// ErrNoUser means that there is no such account.
var ErrNoUser = errors.New("no such account")

// Find returns one account.
func (u *Users) Find(name string) (User, error) {
	list, err := u.List()
	if err != nil {
		return User{}, err
	}
	for _, user := range list {
		if user.Name == name {
			return user, nil
		}
	}
	return User{}, fmt.Errorf("%w: %q", ErrNoUser, name)
}

// read reads the file again if another process has changed it.
func (u *Users) read() error {
	info, err := os.Stat(u.path)
	if errors.Is(err, fs.ErrNotExist) {
		u.seen, u.list = nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the accounts: %w", err)
	}
	// Each change is another file in the same place.
	if u.seen != nil && os.SameFile(u.seen, info) && u.seen.ModTime().Equal(info.ModTime()) && u.seen.Size() == info.Size() {
		return nil
	}
	b, err := os.ReadFile(u.path)
	if err != nil {
		return fmt.Errorf("read the accounts: %w", err)
	}
	var list []User
	if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("read the accounts in %s: %w", u.path, err)
	}
	u.seen, u.list = info, list
	return nil
}

// change lets nobody else change the accounts meanwhile, checks what came of it,
// and writes it in one step.
func (u *Users) change(do func([]User) ([]User, error)) (err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.lock.Lock(); err != nil {
		return fmt.Errorf("lock the accounts: %w", err)
	}
	defer func() { err = errors.Join(err, u.lock.Unlock()) }()
	u.seen = nil
	if err := u.read(); err != nil {
		return err
	}
	list, err := do(slices.Clone(u.list))
	if err != nil {
		return err
	}
	if err := checkAll(list); err != nil {
		return err
	}
	b, err := json.MarshalIndent(list, "", "  ") //nolint:gosec // It is a hash.
	if err != nil {
		return fmt.Errorf("encode the accounts: %w", err)
	}
	if err := os.WriteFile(u.path+".new", b, 0o600); err != nil {
		return fmt.Errorf("write the accounts: %w", err)
	}
	if err := os.Rename(u.path+".new", u.path); err != nil {
		return fmt.Errorf("write the accounts: %w", err)
	}
	u.seen = nil
	return u.read()
}

// checkAll checks each account, and that no one holds roles that must be apart.
func checkAll(list []User) error {
	for i := range list {
		if err := list[i].check(); err != nil {
			return err
		}
		for j := range i {
			a, b := &list[j], &list[i]
			if a.Name == b.Name {
				return fmt.Errorf("%w: there is an account %q already", ErrInvalid, a.Name)
			}
			if !a.Disabled && !b.Disabled && samePerson(a.Person, b.Person) && access.Separate(a.Role, b.Role) {
				return fmt.Errorf("%w: %s is %s as %q: the same person may not be %s as well (disable that account first, or choose another person)",
					ErrInvalid, b.Person, a.Role, a.Name, b.Role)
			}
		}
	}
	return nil
}

// samePerson compares what two accounts say of whose they are.
func samePerson(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// Add adds an account.
func (u *Users) Add(user User) error {
	return u.change(func(list []User) ([]User, error) { return append(list, user), nil })
}

// Update changes one account.
func (u *Users) Update(name string, do func(*User) error) error {
	return u.change(func(list []User) ([]User, error) {
		for i := range list {
			if list[i].Name == name {
				return list, do(&list[i])
			}
		}
		return nil, fmt.Errorf("%w: %q", ErrNoUser, name)
	})
}

// HeldBy returns the accounts of a person that can be used.
func (u *Users) HeldBy(person string) ([]User, error) {
	list, err := u.List()
	return slices.DeleteFunc(list, func(user User) bool { return user.Disabled || !samePerson(user.Person, person) }), err
}
