package account

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/goccy/go-yaml"
	"golang.org/x/oauth2"

	"amparo/services/access"
)

// A ProviderConfig says how people log in through an OpenID provider. It is a
// YAML file.
type ProviderConfig struct {
	Issuer       string `yaml:"issuer"`
	ClientID     string `yaml:"client_id"`
	SecretFile   string `yaml:"client_secret_file"`
	Title        string `yaml:"title"`        // on the button
	GroupsClaim  string `yaml:"groups_claim"` // "groups" where it is empty
	SecondFactor struct {
		// Methods are values of the claim amr of which one is needed.
		Methods []string `yaml:"methods"`
		// ByProvider says in words that the provider lets nobody in without one.
		ByProvider bool `yaml:"by_provider"`
	} `yaml:"second_factor"`
	// Groups says what a group of the provider stands for.
	Groups map[string]Group `yaml:"groups"`
	Scopes []string         `yaml:"scopes"` // asked for beside openid, email and profile
}

// A Group is what its members may be here.
type Group struct {
	Role        access.Role `yaml:"role"`
	Places      []string    `yaml:"places"`
	Institution string      `yaml:"institution"`
	Purpose     string      `yaml:"purpose"`
}

// ReadProviderConfig reads the file and checks it.
func ReadProviderConfig(path string) (*ProviderConfig, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the OpenID provider: %w", err)
	}
	var cfg ProviderConfig
	if err := yaml.UnmarshalWithOptions(b, &cfg, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read the OpenID provider in %s: %w", path, err)
	}
	return &cfg, cfg.check()
}

func (cfg *ProviderConfig) check() error {
	var errs []error
	if cfg.Issuer == "" || cfg.ClientID == "" || len(cfg.Groups) == 0 {
		errs = append(errs, errors.New("the OpenID provider needs issuer, client_id and groups"))
	}
	if len(cfg.SecondFactor.Methods) == 0 && !cfg.SecondFactor.ByProvider {
		errs = append(errs, errors.New("the OpenID provider needs second_factor: the methods of the claim amr that count as one, or by_provider: true where it lets nobody in without"))
	}
	for name, g := range cfg.Groups {
		u := User{Name: "group", Person: name, Role: g.Role, Places: g.Places, Institution: g.Institution, Purpose: g.Purpose}
		if err := u.check(); err != nil {
			errs = append(errs, fmt.Errorf("the group %q: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// A Provider lets people in whom an OpenID provider vouches for.
type Provider struct {
	cfg      *ProviderConfig
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
	users    *Users
}

// answerWithin is how long the provider may take to answer.
const answerWithin = 20 * time.Second

// OpenProvider asks the provider for its addresses and keys. People come back to
// a path of the public address.
func OpenProvider(ctx context.Context, cfg *ProviderConfig, back string, users *Users) (*Provider, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	secret := ""
	if cfg.SecretFile != "" {
		b, err := os.ReadFile(cfg.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("read the secret for the OpenID provider: %w", err)
		}
		secret = strings.TrimSpace(string(b))
	}
	// Its keys are fetched again for as long as the program runs.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: answerWithin})
	provider, err := oidc.NewProvider(ctx, cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the OpenID provider %s: %w", cfg.Issuer, err)
	}
	return &Provider{
		cfg: cfg, provider: provider, verifier: provider.Verifier(&oidc.Config{ClientID: cfg.ClientID}), users: users,
		oauth: oauth2.Config{
			ClientID: cfg.ClientID, ClientSecret: secret, Endpoint: provider.Endpoint(), RedirectURL: back,
			Scopes: append([]string{oidc.ScopeOpenID, "email", "profile"}, cfg.Scopes...),
		},
	}, nil
}

// Title is what the button says.
func (p *Provider) Title() string { return p.cfg.Title }

// A journey is a log-in that has begun: what the provider must give back.
type journey struct{ State, Nonce, Verifier, Next string }

// begin returns where a browser goes to log in.
func (p *Provider) begin(next string) (address string, j journey) {
	j = journey{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next}
	return p.oauth.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), j
}

// ErrProvider means that a provider did not vouch for someone in a way that gives
// them a role here.
var ErrProvider = errors.New("the OpenID provider gives no access")

// finish takes what a browser brings back and tells who it is.
func (p *Provider) finish(ctx context.Context, j journey, state, code string) (access.Viewer, error) {
	if j.State == "" || state != j.State {
		return access.Viewer{}, fmt.Errorf("%w: it was not asked by this browser", ErrProvider)
	}
	token, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return access.Viewer{}, fmt.Errorf("%w: exchange the code: %w", ErrProvider, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return access.Viewer{}, fmt.Errorf("%w: verify its token: %w", ErrProvider, err)
	}
	if id.Nonce != j.Nonce {
		return access.Viewer{}, fmt.Errorf("%w: its token answers another request", ErrProvider)
	}
	claims, err := p.claims(ctx, id, token)
	if err != nil {
		return access.Viewer{}, err
	}
	return p.viewer(id.Subject, claims)
}

// claims are what a token says, and what the provider says beside it.
func (p *Provider) claims(ctx context.Context, id *oidc.IDToken, token *oauth2.Token) (map[string]any, error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, fmt.Errorf("%w: read its token: %w", ErrProvider, err)
	}
	if _, there := claims[p.groupsClaim()]; there || p.provider.UserInfoEndpoint() == "" {
		return claims, nil
	}
	info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, fmt.Errorf("%w: ask it who this is: %w", ErrProvider, err)
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil || info.Subject != id.Subject {
		return nil, fmt.Errorf("%w: what it says of this person is of another", ErrProvider)
	}
	for _, name := range []string{p.groupsClaim(), "email", "email_verified"} {
		if value, there := more[name]; there {
			claims[name] = value
		}
	}
	return claims, nil
}

func (p *Provider) groupsClaim() string {
	if p.cfg.GroupsClaim == "" {
		return "groups"
	}
	return p.cfg.GroupsClaim
}

// viewer gives a person the role of their group. Someone without a group here,
// or in groups with several roles, has none.
func (p *Provider) viewer(subject string, claims map[string]any) (access.Viewer, error) {
	if methods := texts(claims["amr"]); !p.cfg.SecondFactor.ByProvider &&
		!slices.ContainsFunc(methods, func(m string) bool { return slices.Contains(p.cfg.SecondFactor.Methods, m) }) {
		return access.Viewer{}, fmt.Errorf("%w: it did not ask for a second factor (amr %v)", ErrProvider, methods)
	}
	var known []string
	for _, group := range texts(claims[p.groupsClaim()]) {
		if _, ok := p.cfg.Groups[group]; ok {
			known = append(known, group)
		}
	}
	if len(known) != 1 {
		return access.Viewer{}, fmt.Errorf("%w: its groups %v have to be exactly one of those that have a role here", ErrProvider, known)
	}
	g := p.cfg.Groups[known[0]]
	name := subject
	if email, _ := claims["email"].(string); email != "" && claims["email_verified"] == true {
		name = email
		held, err := p.users.HeldBy(email)
		if err != nil {
			return access.Viewer{}, err
		}
		for i := range held {
			if access.Separate(held[i].Role, g.Role) {
				return access.Viewer{}, fmt.Errorf("%w: %s is %s here as %q, and may not be %s as well", ErrProvider, email, held[i].Role, held[i].Name, g.Role)
			}
		}
	}
	return access.Viewer{Name: "oidc:" + name, Role: g.Role, Places: g.Places, Institution: g.Institution, Purpose: g.Purpose}, nil
}

// texts reads a claim that is one text or several.
func texts(claim any) []string {
	switch c := claim.(type) {
	case string:
		return []string{c}
	case []any:
		var out []string
		for _, each := range c {
			if text, ok := each.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}

// encode is a journey as a session keeps it.
func (j journey) encode() string {
	b, err := json.Marshal(j)
	if err != nil {
		return "" // Four texts can be encoded.
	}
	return string(b)
}

func decodeJourney(text string) journey {
	var j journey
	if json.Unmarshal([]byte(text), &j) != nil {
		return journey{}
	}
	return j
}
