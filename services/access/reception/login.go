package reception

import (
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"

	"amparo/services/access"
	"amparo/services/access/account"
)

type logInBody struct{ Next, Provider string }

func (p *reception) logInView(r *http.Request) page {
	body := logInBody{Next: ours(r.FormValue("next"))}
	if p.Gate.Provider != nil {
		body.Provider = p.Gate.Provider.Title()
		if body.Provider == "" {
			body.Provider = "OpenID"
		}
	}
	return p.page(r, "Iniciar sesión", "Log in", body)
}

func (p *reception) logInPage(w http.ResponseWriter, r *http.Request) {
	p.write(w, http.StatusOK, "login.html", p.logInView(r))
}

func (p *reception) logIn(w http.ResponseWriter, r *http.Request) {
	if err := p.Gate.LogIn(r, r.FormValue("name"), r.FormValue("password"), r.FormValue("code")); err != nil {
		v := p.logInView(r)
		status := p.explain(&v, err)
		if errors.Is(err, account.ErrLogIn) {
			status = http.StatusUnauthorized
		}
		p.write(w, status, "login.html", v)
		return
	}
	p.onwards(w, r, r.FormValue("next"))
}

// onwards leads to the page that somebody wanted to see. The first page is for
// those who may see all of it; others begin with what their account may see.
func (p *reception) onwards(w http.ResponseWriter, r *http.Request, next string) {
	next = ours(next)
	if next == "/" && !p.Gate.Sessions.Viewer(r).May(access.SeeNation) {
		next = AccountPath
	}
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // The address is one of ours.
}

func (p *reception) logOut(w http.ResponseWriter, r *http.Request) {
	if err := p.Gate.LogOut(r); err != nil {
		v := p.logInView(r)
		p.write(w, p.explain(&v, err), "login.html", v)
		return
	}
	http.Redirect(w, r, LogInPath, http.StatusSeeOther)
}

func (p *reception) beginProvider(w http.ResponseWriter, r *http.Request) {
	to, err := p.Gate.BeginProvider(r, ours(r.FormValue("next")))
	if err != nil {
		v := p.logInView(r)
		p.write(w, p.explain(&v, err), "login.html", v)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // The address is one of ours.
}

func (p *reception) finishProvider(w http.ResponseWriter, r *http.Request) {
	next, err := p.Gate.FinishProvider(r)
	if err != nil {
		p.Log.Warn("log-in with the OpenID provider refused", "error", err)
		v := p.logInView(r)
		v.Error = v.T("El proveedor no dio acceso a esta cuenta. Pida a quien administra que revise sus grupos y su segundo factor.",
			"The provider gave this account no access. Ask the administrator to look at its groups and its second factor.")
		p.write(w, http.StatusForbidden, "login.html", v)
		return
	}
	p.onwards(w, r, next)
}

type setUpBody struct {
	User   account.User
	Secret string
	URI    string
	QR     picture
}

// A picture is a code that a phone reads: its dark squares as one path.
type picture struct {
	Size int
	Dark string
}

// margin is the quiet border that such a code needs.
const margin = 4

// Outer is the width of the picture with its border.
func (p picture) Outer() int { return p.Size + 2*margin }

// Box is the picture's frame.
func (p picture) Box() string {
	return fmt.Sprintf("%d %d %d %d", -margin, -margin, p.Outer(), p.Outer())
}

func draw(text string) picture {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return picture{} // The secret stands beside it, to be typed.
	}
	size := code.Bounds().Dx()
	var dark strings.Builder
	for y := range size {
		for x := range size {
			if code.At(x, y) == color.Black {
				fmt.Fprintf(&dark, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return picture{size, dark.String()}
}

func (p *reception) setUpView(r *http.Request) (page, error) {
	user, err := p.Gate.Directory.SetUp(r.PathValue("token"))
	if err != nil {
		return p.page(r, "Configurar la cuenta", "Set the account up", setUpBody{}), err
	}
	secret, uri, err := p.Gate.Factor(r, p.Issuer, user.Name)
	body := setUpBody{User: user, Secret: secret, URI: uri, QR: draw(uri)}
	return p.page(r, "Configurar la cuenta", "Set the account up", body), err
}

func (p *reception) setUpPage(w http.ResponseWriter, r *http.Request) {
	v, err := p.setUpView(r)
	status := http.StatusOK
	if err != nil {
		if status = p.explain(&v, err); errors.Is(err, account.ErrLink) {
			status = http.StatusNotFound
		}
	}
	p.write(w, status, "setup.html", v)
}

func (p *reception) setUp(w http.ResponseWriter, r *http.Request) {
	if err := p.Gate.SetUp(r, r.PathValue("token"), r.FormValue("password"), r.FormValue("code")); err != nil {
		v, again := p.setUpView(r)
		if again != nil {
			err = again
		}
		p.write(w, p.explain(&v, err), "setup.html", v)
		return
	}
	http.Redirect(w, r, LogInPath, http.StatusSeeOther)
}

type accountBody struct {
	Scope  access.Scope
	Rights []access.Right
}

func (p *reception) accountPage(w http.ResponseWriter, r *http.Request) {
	v := access.From(r.Context())
	body := accountBody{Scope: v.Numbers()}
	for _, right := range access.Rights() {
		if v.May(right) {
			body.Rights = append(body.Rights, right)
		}
	}
	p.write(w, http.StatusOK, "account.html", p.page(r, "Mi cuenta", "My account", body))
}
