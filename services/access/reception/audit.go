package reception

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/grant"
	"amparo/services/access/ledger"
)

func joinInvalid(err error) error { return fmt.Errorf("%w: %w", account.ErrInvalid, err) }

// rowsOnAPage is how many rows of the log a page shows.
const rowsOnAPage = 100

type auditBody struct {
	Rows     []ledger.Row
	Who      string
	Did      string
	Object   string
	Older    string // address of the next page
	Deeds    []access.Deed
	Standing []grant.Break
	Report   *ledger.Report
}

func (p *reception) auditView(r *http.Request) (page, error) {
	ctx := r.Context()
	q := r.URL.Query()
	f := ledger.Filter{Who: q.Get("who"), Did: access.Deed(q.Get("did")), Object: q.Get("object")}
	if before, err := strconv.ParseUint(q.Get("before"), 10, 64); err == nil {
		f.Before = before
	}
	body := auditBody{Who: f.Who, Did: string(f.Did), Object: f.Object, Deeds: access.Deeds(), Standing: p.Glass.Standing()}
	v := access.From(ctx)
	// Who reads the log is in the log, before anything is read.
	if err := p.Ledger.Record(ctx, access.Entry{Who: v.Name, Role: v.Role, Did: access.LogRead, Object: q.Encode()}); err != nil {
		return p.page(r, "Registro de accesos", "Access log", body), err
	}
	rows, err := p.Ledger.Latest(ctx, f, rowsOnAPage)
	body.Rows = rows
	if len(rows) == rowsOnAPage {
		q.Set("before", strconv.FormatUint(rows[len(rows)-1].N, 10))
		body.Older = AuditPath + "?" + q.Encode()
	}
	return p.page(r, "Registro de accesos", "Access log", body), err
}

func (p *reception) auditPage(w http.ResponseWriter, r *http.Request) {
	v, err := p.auditView(r)
	status := http.StatusOK
	if err != nil {
		status = p.explain(&v, err)
	}
	p.write(w, status, "audit.html", v)
}

var errReceipts = errors.New("a receipt cannot be read")

// verify checks the whole log against itself and the receipts that the auditor
// kept, one on a line.
func (p *reception) verify(w http.ResponseWriter, r *http.Request) {
	v, err := p.auditView(r)
	if err != nil {
		p.write(w, p.explain(&v, err), "audit.html", v)
		return
	}
	kept, err := readReceipts(r.FormValue("receipts"))
	if err != nil {
		v.Error = v.T("Un comprobante no se puede leer: péguelos como se descargaron, uno por línea.", "A receipt cannot be read: paste them as they were downloaded, one on a line.")
		p.write(w, http.StatusUnprocessableEntity, "audit.html", v)
		return
	}
	report, err := p.Ledger.Verify(r.Context(), kept...)
	if err != nil {
		p.write(w, p.explain(&v, err), "audit.html", v)
		return
	}
	viewer := access.From(r.Context())
	found := fmt.Sprintf("%d rows, %d problems, %d receipts", report.Rows, len(report.Problems), len(kept))
	if err := p.Ledger.Record(r.Context(), access.Entry{Who: viewer.Name, Role: viewer.Role, Did: access.LogVerified, Detail: found}); err != nil {
		p.write(w, p.explain(&v, err), "audit.html", v)
		return
	}
	body, _ := v.Body.(auditBody)
	body.Report = report
	v.Body = body
	p.write(w, http.StatusOK, "audit.html", v)
}

func readReceipts(text string) ([]ledger.Receipt, error) {
	var out []ledger.Receipt
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var r ledger.Receipt
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.N == 0 || r.Hash == "" {
			return nil, errReceipts
		}
		out = append(out, r)
	}
	return out, nil
}

// receipt hands out how far the log has come, to be kept elsewhere.
func (p *reception) receipt(w http.ResponseWriter, _ *http.Request) {
	head, err := p.Ledger.Head()
	if err != nil || head.N == 0 {
		p.Log.Error("no receipt of the access log", "error", err)
		http.Error(w, "no disponible por ahora · not available now", http.StatusServiceUnavailable)
		return
	}
	b, err := json.Marshal(head)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="amparo-access-log-%d.json"`, head.N))
	fmt.Fprintf(w, "%s\n", b)
}
