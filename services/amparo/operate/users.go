package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/reception"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// UsersCmd are the commands about accounts.
type UsersCmd struct {
	Add     usersAddCmd     `cmd:"" help:"A new account: prints the link that sets it up, once."`
	List    usersListCmd    `cmd:"" help:"The accounts, their roles and states."`
	Role    usersRoleCmd    `cmd:"" help:"Another role, places, institution or purpose for an account; its sessions end."`
	Disable usersDisableCmd `cmd:"" help:"Let an account in no more; its sessions end at once."`
	Enable  usersEnableCmd  `cmd:"" help:"Let an account in again."`
	Reset   usersResetCmd   `cmd:"" help:"A new link: password and second factor are chosen again."`
	Roles   usersRolesCmd   `cmd:"" help:"The roles and what each may do."`
}

// openUsers opens the accounts of an installation for a command that changes
// them, and the access log in which it is recorded.
func openUsers(g *command.Globals, streams *command.Streams, do func(*account.Directory) error) error {
	if err := installed(g.Data); err != nil {
		return command.Invalid(err)
	}
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	d, log, err := openDirectory(g.Data, 0, &installation.Installation{Catalogue: cat}, streams.Now)
	if err != nil {
		return err
	}
	err = do(d)
	if errors.Is(err, account.ErrInvalid) || errors.Is(err, account.ErrNoUser) {
		err = command.Invalid(err)
	}
	return errors.Join(err, log.Close())
}

// atTheCommandLine is who changes accounts here, as the access log has it.
func atTheCommandLine(streams *command.Streams) account.By {
	user, _ := streams.Env("USER")
	return account.By("command line (" + cmp.Or(user, "unknown") + ")")
}

// roleFlags describe what an account is for.
type roleFlags struct {
	Role        string   `required:"" help:"regional, national, analyst, steward, auditor or administrator."`
	Places      []string `name:"place" placeholder:"CODE" help:"Of a regional viewer: 2, 4 or 6 digits; may be given again."`
	Institution string   `help:"Of a steward: code of the institution."`
	Purpose     string   `help:"Of an analyst: the approved purpose."`
	Until       string   `placeholder:"DATE" help:"Of an analyst: the day on which the purpose ends."`
}

func (f *roleFlags) user(zone *time.Location) (account.User, error) {
	role, err := access.ParseRole(f.Role)
	if err != nil {
		return account.User{}, command.Invalid(err)
	}
	u := account.User{Role: role, Places: f.Places, Institution: f.Institution, Purpose: f.Purpose}
	if f.Until != "" {
		if u.Until, err = command.ParseDay("--until", f.Until, zone); err != nil {
			return u, command.Invalid(err)
		}
	}
	return u, nil
}

type usersAddCmd struct {
	roleFlags
	Name   string `arg:"" help:"Name of the account: small letters, digits, points, hyphens, underscores."`
	Person string `required:"" help:"Whose account it is: their institutional e-mail, say. No one may hold two roles that must be apart."`
}

// Run adds an account.
func (c *usersAddCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	u, err := c.user(time.UTC)
	if err != nil {
		return err
	}
	u.Name, u.Person = c.Name, c.Person
	return openUsers(g, streams, func(d *account.Directory) error {
		token, err := d.Add(ctx, atTheCommandLine(streams), u)
		return handLink(streams, u.Name, token, err)
	})
}

func handLink(streams *command.Streams, name, token string, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "account  %s\nlink     %s%s\n", name, reception.SetUpPath, token)
	fmt.Fprintf(streams.Err, "Give the person the link under the address of the pages, by a safe way. It works once, for %s, and cannot be shown again.\n", account.LinkLife)
	return nil
}

type usersListCmd struct {
	Format string `enum:"table,csv,csv-excel,json,ndjson,xlsx" default:"table" help:"table, csv, csv-excel, json, ndjson or xlsx."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
}

// Run lists the accounts.
func (c *usersListCmd) Run(g *command.Globals, streams *command.Streams) error {
	return openUsers(g, streams, func(d *account.Directory) error {
		list, err := d.Users.List()
		if err != nil {
			return err
		}
		p, err := present.New(streams.Out, present.Options{Format: c.Format, Lang: c.Lang}, present.Stamp{},
			present.Col("account", "cuenta", "account"), present.Col("person", "persona", "person"), present.Col("role", "rol", "role"),
			present.Col("places", "lugares", "places"), present.Col("institution", "institución", "institution"),
			present.Col("purpose", "propósito", "purpose"), present.Col("until", "hasta", "until"), present.Col("state", "estado", "state"))
		if err != nil {
			return command.Invalid(err)
		}
		for i := range list {
			u := &list[i]
			state := u.State(streams.Now())
			if err := p.Row(present.Text(u.Name), present.Text(u.Person), present.Coded(string(u.Role), u.Role.Title()), present.Texts(u.Places),
				present.Text(u.Institution), present.Text(u.Purpose), present.At(u.Until), present.Coded(state, account.StateTitle(state))); err != nil {
				return err
			}
		}
		return p.End()
	})
}

type usersRoleCmd struct {
	roleFlags
	Name string `arg:"" help:"Name of the account."`
}

// Run gives an account another role.
func (c *usersRoleCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	u, err := c.user(time.UTC)
	if err != nil {
		return err
	}
	return openUsers(g, streams, func(d *account.Directory) error {
		return d.SetRole(ctx, atTheCommandLine(streams), c.Name, u)
	})
}

type usersDisableCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run lets an account in no more.
func (c *usersDisableCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return openUsers(g, streams, func(d *account.Directory) error {
		return d.Disable(ctx, atTheCommandLine(streams), c.Name, true)
	})
}

type usersEnableCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run lets an account in again.
func (c *usersEnableCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return openUsers(g, streams, func(d *account.Directory) error {
		return d.Disable(ctx, atTheCommandLine(streams), c.Name, false)
	})
}

type usersResetCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run makes a new link for an account.
func (c *usersResetCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return openUsers(g, streams, func(d *account.Directory) error {
		token, err := d.Reset(ctx, atTheCommandLine(streams), c.Name)
		return handLink(streams, c.Name, token, err)
	})
}

type usersRolesCmd struct {
	Format string `enum:"table,csv,csv-excel,json,ndjson,xlsx" default:"table" help:"table, csv, csv-excel, json, ndjson or xlsx."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
}

// Run prints the table of roles and rights.
func (c *usersRolesCmd) Run(streams *command.Streams) error {
	columns := []present.Column{present.Col("right", "derecho", "right")}
	for _, role := range access.Roles() {
		title := role.Title()
		columns = append(columns, present.Col(string(role), title.ES, title.EN))
	}
	p, err := present.New(streams.Out, present.Options{Format: c.Format, Lang: c.Lang}, present.Stamp{}, columns...)
	if err != nil {
		return command.Invalid(err)
	}
	for _, right := range access.Rights() {
		cells := []present.Cell{present.Text(string(right))}
		for _, role := range access.Roles() {
			if role.Has(right) {
				cells = append(cells, present.Coded("yes", present.Say("sí", "yes")))
			} else {
				cells = append(cells, present.Coded("no", present.Say("no", "no")))
			}
		}
		if err := p.Row(cells...); err != nil {
			return err
		}
	}
	return p.End()
}
