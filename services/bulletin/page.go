package bulletin

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"io"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("bulletin").Parse(pageHTML))

// HTML writes the bulletin as one page that loads nothing, runs nothing and prints on A4.
func (b *Bulletin) HTML(out io.Writer) error {
	hash := sha256.Sum256([]byte(pageCSS))
	return pageTemplate.Execute(out, struct {
		*Bulletin
		Style  template.CSS
		Policy string
	}{b, template.CSS(pageCSS), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"}) //nolint:gosec // A file of this package.
}
