package notifier

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"amparo/pipeline/stream"
	"amparo/schemas/law"
)

// A Webhook is an address to which notices are sent.
type Webhook struct {
	// Name is its identity: its position among the notices belongs to the name.
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
	// SecretFile is the path, from the folder of the settings, of the key that
	// signs what is sent.
	SecretFile string `yaml:"secret_file"`
	// Departments, Duties and Kinds select notices; none means all.
	Departments []string `yaml:"departments"`
	Duties      []string `yaml:"duties"`
	Kinds       []Kind   `yaml:"kinds"`
	// Timeout is how long one attempt may take.
	Timeout time.Duration `yaml:"timeout"`
	// Parallel is how many cases are told of at once; notices of one case
	// always go one after the other.
	Parallel int `yaml:"parallel"`
	// GiveUpAfter is the age at which a notice that fails is kept as undelivered
	// and the next one sent.
	GiveUpAfter time.Duration `yaml:"give_up_after"`

	secret []byte
}

const (
	defaultTimeout     = 10 * time.Second
	defaultParallel    = 8
	defaultGiveUpAfter = 72 * time.Hour
	lowestSecret       = 16
)

var webhookName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// LoadWebhooks reads a file of webhooks with their secrets, and returns all that
// is wrong at once.
func LoadWebhooks(path string, cat *law.Catalogue) ([]Webhook, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read webhooks: %w", err)
	}
	var file struct {
		Webhooks []Webhook `yaml:"webhooks"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&file); err != nil {
		return nil, fmt.Errorf("read webhooks: %s", yaml.FormatError(err, false, false))
	}
	var errs []error
	names := map[string]bool{}
	for i := range file.Webhooks {
		w := &file.Webhooks[i]
		if names[w.Name] {
			errs = append(errs, fmt.Errorf("webhook %s is listed twice", w.Name))
		}
		names[w.Name] = true
		for _, err := range w.check(cat) {
			errs = append(errs, fmt.Errorf("webhook %q: %w", w.Name, err))
		}
		if err := w.loadSecret(filepath.Dir(path)); err != nil {
			errs = append(errs, fmt.Errorf("webhook %q: %w", w.Name, err))
		}
		w.setDefaults()
	}
	return file.Webhooks, errors.Join(errs...)
}

func (w *Webhook) setDefaults() {
	if w.Timeout == 0 {
		w.Timeout = defaultTimeout
	}
	if w.Parallel == 0 {
		w.Parallel = defaultParallel
	}
	if w.GiveUpAfter == 0 {
		w.GiveUpAfter = defaultGiveUpAfter
	}
}

func (w *Webhook) loadSecret(dir string) error {
	path := w.SecretFile
	if path == "" {
		return errors.New("secret_file is missing: name a file with the key that signs what is sent")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read its secret: %w", err)
	}
	w.secret = bytes.TrimRight(b, "\r\n")
	if len(w.secret) < lowestSecret {
		return fmt.Errorf("its secret has %d bytes: use at least %d", len(w.secret), lowestSecret)
	}
	return nil
}

// check returns what is wrong with the settings.
func (w *Webhook) check(cat *law.Catalogue) (errs []error) {
	if !webhookName.MatchString(w.Name) {
		errs = append(errs, errors.New("a name has 1 to 32 lower-case letters, digits and hyphens"))
	}
	if err := checkAddress(w.URL); err != nil {
		errs = append(errs, err)
	}
	for _, d := range w.Departments {
		if d != law.NoDepartment && !slices.Contains(cat.Places.Departments(), d) {
			errs = append(errs, fmt.Errorf("department %q is not in the catalogue", d))
		}
	}
	for _, id := range w.Duties {
		if !slices.ContainsFunc(cat.Duties, func(d *law.Duty) bool { return d.ID == id }) {
			errs = append(errs, fmt.Errorf("duty %q is not in the catalogue", id))
		}
	}
	for _, k := range w.Kinds {
		if !slices.Contains(Kinds(), k) {
			errs = append(errs, fmt.Errorf("kind %q: use due-soon, missed, late or cleared", k))
		}
	}
	if w.Timeout < 0 || w.Parallel < 0 || w.GiveUpAfter < 0 {
		errs = append(errs, errors.New("timeout, parallel and give_up_after are not negative"))
	}
	return errs
}

// checkAddress refuses addresses that would send notices in the clear, except to
// the same machine.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("the url cannot be read")
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()):
		return nil
	}
	return errors.New("the url begins with https:// (http:// only for this machine)")
}

// subjects are the subjects of the notices that the webhook selects.
func (w *Webhook) subjects() []string {
	var out []string
	for _, department := range orAny(w.Departments) {
		for _, duty := range orAny(w.Duties) {
			if len(w.Kinds) == 0 {
				out = append(out, stream.NoticeSubject(department, duty, "*"))
			}
			for _, kind := range w.Kinds {
				out = append(out, stream.NoticeSubject(department, duty, string(kind)))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func orAny(list []string) []string {
	if len(list) == 0 {
		return []string{"*"}
	}
	return list
}

// reader describes the webhook's position among the notices.
func (w *Webhook) reader() stream.NoticeReaderConfig {
	return stream.NoticeReaderConfig{Name: "webhook-" + w.Name, Subjects: w.subjects()}
}
