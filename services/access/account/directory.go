package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"amparo/services/access"
)

// A Directory changes accounts and records each change in the access log.
type Directory struct {
	Users    *Users
	Recorder access.Recorder
	Now      func() time.Time
	// KnowsPlace and KnowsInstitution tell whether codes exist. They may be nil.
	KnowsPlace func(code string) bool
}

// By is who makes a change: the name of an account, or of the person at the
// command line.
type By string

// Add adds an account and returns the secret part of the link that sets it up.
func (d *Directory) Add(ctx context.Context, by By, user User) (token string, err error) {
	if err := d.checkPlaces(user.Places); err != nil {
		return "", err
	}
	token, kept, err := newLink()
	if err != nil {
		return "", err
	}
	user.Password, user.Secret, user.Link, user.LinkUntil = "", "", kept, d.Now().Add(LinkLife)
	if err := d.Users.Add(user); err != nil {
		return "", err
	}
	return token, d.record(ctx, by, user.Name, "added as "+describe(&user))
}

// ErrFirstRun means that there are accounts already.
var ErrFirstRun = errors.New("there are accounts already")

// FirstAdministrator makes the administrator of an installation that has no
// account that is set up, and returns the link's secret part. An administrator who did not
// use their link gets a new one.
func (d *Directory) FirstAdministrator(ctx context.Context) (token string, err error) {
	list, err := d.Users.List()
	if err != nil {
		return "", err
	}
	for i := range list {
		if list[i].Password != "" || list[i].Name != firstName {
			return "", ErrFirstRun
		}
	}
	if len(list) > 0 {
		return d.Reset(ctx, "first run", firstName)
	}
	return d.Add(ctx, "first run", User{Name: firstName, Person: firstName, Role: access.Administrator})
}

const firstName = "admin"

// Reset ends all sessions of an account and gives it a new link: password and
// second factor are chosen again.
func (d *Directory) Reset(ctx context.Context, by By, name string) (token string, err error) {
	token, kept, err := newLink()
	if err != nil {
		return "", err
	}
	err = d.Users.Update(name, func(u *User) error {
		u.Password, u.Secret, u.Step, u.Link, u.LinkUntil = "", "", 0, kept, d.Now().Add(LinkLife)
		u.Epoch++
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, d.record(ctx, by, name, "reset: a new link was made")
}

// Disable ends all sessions of an account and lets nobody log in; or lets them
// again.
func (d *Directory) Disable(ctx context.Context, by By, name string, disabled bool) error {
	err := d.Users.Update(name, func(u *User) error {
		u.Disabled = disabled
		u.Epoch++
		return nil
	})
	if err != nil {
		return err
	}
	return d.record(ctx, by, name, map[bool]string{true: "disabled", false: "enabled"}[disabled])
}

// SetRole gives an account another role, places, institution or purpose.
func (d *Directory) SetRole(ctx context.Context, by By, name string, to User) error {
	if err := d.checkPlaces(to.Places); err != nil {
		return err
	}
	was := ""
	err := d.Users.Update(name, func(u *User) error {
		was = describe(u)
		u.Role, u.Places, u.Institution, u.Purpose, u.Until = to.Role, to.Places, to.Institution, to.Purpose, to.Until
		u.Epoch++
		return nil
	})
	if err != nil {
		return err
	}
	return d.record(ctx, by, name, "from "+was+" to "+describe(&to))
}

func (d *Directory) checkPlaces(places []string) error {
	for _, place := range places {
		if d.KnowsPlace != nil && !d.KnowsPlace(place) {
			return fmt.Errorf("%w: the catalogue has no place %q", ErrInvalid, place)
		}
	}
	return nil
}

func describe(u *User) string {
	var out strings.Builder
	out.WriteString(string(u.Role))
	for _, more := range []string{strings.Join(u.Places, " "), u.Institution, u.Purpose} {
		if more != "" {
			out.WriteString(" (" + more + ")")
		}
	}
	if !u.Until.IsZero() {
		out.WriteString(" until " + u.Until.UTC().Format(time.RFC3339))
	}
	return out.String()
}

func (d *Directory) record(ctx context.Context, by By, name, detail string) error {
	return d.Recorder.Record(ctx, access.Entry{Who: string(by), Did: access.AccountChanged, Object: name, Detail: detail})
}

// SetUp is an account whose link was opened.
func (d *Directory) SetUp(token string) (User, error) {
	list, err := d.Users.List()
	if err != nil {
		return User{}, err
	}
	kept := keptLink(token)
	for _, u := range list {
		if u.Link == kept && !u.Disabled && d.Now().Before(u.LinkUntil) {
			return u, nil
		}
	}
	return User{}, ErrLink
}

// ErrLink means that a link was used, has ended or never was.
var ErrLink = errors.New("el enlace ya fue usado o venció: pida otro · the link was used or has ended: ask for another")

// ErrCode means that a code of the second factor is not the present one.
var ErrCode = errors.New("el código no es el que muestra ahora la aplicación · the code is not the one that the app shows now")

// Finish sets an account up: its link works no more.
func (d *Directory) Finish(ctx context.Context, token, password, secret, code string) error {
	user, err := d.SetUp(token)
	if err != nil {
		return err
	}
	if err := checkPassword(user.Name, password); err != nil {
		return err
	}
	step, ok := factorStep(secret, code, 0, d.Now())
	if !ok {
		return ErrCode
	}
	hash, err := hashPassword(password)
	if err != nil {
		return err
	}
	err = d.Users.Update(user.Name, func(u *User) error {
		if u.Link != keptLink(token) {
			return ErrLink
		}
		u.Password, u.Secret, u.Step, u.Link, u.LinkUntil = hash, secret, step, "", time.Time{}
		u.Epoch++
		return nil
	})
	if err != nil {
		return err
	}
	return d.Recorder.Record(ctx, access.Entry{Who: user.Name, Role: user.Role, Did: access.SetUpDone, Object: user.Name})
}

// ErrLogIn means that name, password or code is wrong: which, is not told.
var ErrLogIn = errors.New("nombre, contraseña o código no válidos · name, password or code is not valid")

// LogIn checks a name, a password and a code. A code is taken once.
func (d *Directory) LogIn(name, password, code string) (User, error) {
	user, err := d.Users.Find(name)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return User{}, err
	}
	now := d.Now()
	right := passwordMatches(password, user.Password)
	step, fresh := factorStep(user.Secret, code, user.Step, now)
	if !right || !fresh || user.State(now) != "active" {
		return User{}, ErrLogIn
	}
	err = d.Users.Update(name, func(u *User) error {
		if u.Step >= step || u.State(now) != "active" {
			return ErrLogIn // Another took the code meanwhile.
		}
		u.Step = step
		user = *u
		return nil
	})
	return user, err
}
