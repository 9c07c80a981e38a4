package operate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store/engine"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/doctor"
	"amparo/services/installation"
	"amparo/services/notifier"
	"amparo/services/present"
	sinkservice "amparo/services/sink"
)

// DoctorCmd is amparo doctor.
type DoctorCmd struct {
	command.Output
	Leads    string `placeholder:"FILE" help:"Check this file of leads as well."`
	Webhooks string `placeholder:"FILE" help:"Check this file of webhooks as well."`
}

// Run looks at settings, machine and servers. What is ill gives exit code 1.
func (c *DoctorCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	found := append(c.settings(g, cat), machine(g)...)
	switch {
	case g.NATS == "" && g.ClickHouse == "" && !installation.Exists(g.Data):
		found = append(found, doctor.Finding{
			Check: folderCheck, State: doctor.Unknown,
			Found: present.Say("todavía no hay una instalación en "+g.Data, "there is no installation in "+g.Data+" yet"),
			Do:    present.Say("La hace la primera vez amparo run o amparo import.", "The first amparo run or amparo import makes it."),
		})
	default:
		found = append(found, servers(ctx, g, streams)...)
	}
	ill := 0
	columns := []present.Column{
		present.Col("state", "estado", "state"), present.Col("check", "qué", "what"), present.Col("found", "se encontró", "found"), present.Col("do", "qué hacer", "what to do"),
	}
	err = c.Rows(streams, cat.Zone, present.Stamp{AsOf: streams.Now(), Catalogue: cat.Label()}, columns, func(p *present.Printer) error {
		for _, f := range found {
			if f.State == doctor.Ill {
				ill++
			}
			if err := p.Row(present.Coded(string(f.State), f.State.Words()), present.Words(f.Check), present.Words(f.Found), present.Words(f.Do)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && ill > 0 {
		return fmt.Errorf("%w: %d findings are ill", command.ErrReported, ill)
	}
	return err
}

var folderCheck = present.Say("Carpeta de datos", "Data folder")

// settings checks the files that settings name.
func (c *DoctorCmd) settings(g *command.Globals, cat *law.Catalogue) []doctor.Finding {
	out := []doctor.Finding{{
		Check: present.Say("Catálogo", "Catalogue"), State: doctor.Well, Found: present.Say(cat.Label(), cat.Label()),
	}}
	check := func(name law.Text, path string, err error) {
		switch {
		case err != nil:
			out = append(out, doctor.Failed(name, err, present.Say("Corrija el archivo.", "Correct the file.")))
		case path != "":
			out = append(out, doctor.Finding{Check: name, State: doctor.Well, Found: present.Say(path, path)})
		}
	}
	check(present.Say("TLS y claves (--web-config)", "TLS and passwords (--web-config)"), g.WebConfig, web.Validate(g.WebConfig))
	_, err := notifier.LoadLeads(c.Leads, cat)
	check(present.Say("Anticipos (--leads)", "Leads (--leads)"), c.Leads, err)
	if c.Webhooks != "" {
		_, err := notifier.LoadWebhooks(c.Webhooks, cat)
		check(present.Say("Webhooks (--webhooks)", "Webhooks (--webhooks)"), c.Webhooks, err)
	}
	return out
}

func machine(g *command.Globals) []doctor.Finding {
	set, known := doctor.ClockSet()
	out := []doctor.Finding{
		doctor.Synchronised(present.Say("Reloj de la máquina", "Clock of the machine"), set, known),
		doctor.Files(present.Say("Archivos abiertos", "Open files"), doctor.OpenFiles()),
		doctor.Memory(present.Say("Memoria", "Memory"), g.MaxMemory, doctor.MachineMemory()),
	}
	if g.NATS == "" || g.ClickHouse == "" {
		out = append(out, folder(g.Data))
	}
	if g.ClickHouse == "" {
		out = append(out, library(g.EngineCache))
	}
	return out
}

// folder looks at the data folder, or at the one in which it will be made.
func folder(dir string) doctor.Finding {
	at := dir
	for {
		info, err := os.Stat(at)
		if err == nil && info.IsDir() {
			break
		}
		if up := filepath.Dir(at); up != at {
			at = up
			continue
		}
		return doctor.Failed(folderCheck, errors.New("no such disk"), present.Say("Nombre otra con --data.", "Name another with --data."))
	}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		return doctor.Finding{
			Check: folderCheck, State: doctor.Ill, Found: present.Say("otros usuarios pueden leerla: "+dir, "other users can read it: "+dir),
			Do: present.Say("chmod 700 "+dir, "chmod 700 "+dir),
		}
	}
	free, total, err := doctor.DiskOf(at)
	if err != nil {
		return doctor.Failed(folderCheck, err, present.Say("Vea los permisos de la carpeta.", "See the permissions of the folder."))
	}
	return doctor.Disk(folderCheck, free, total)
}

func library(given string) doctor.Finding {
	check := present.Say("Biblioteca de ClickHouse", "ClickHouse library")
	cache, err := installation.EngineCache(given)
	if err == nil {
		_, err = engine.Locate(cache)
	}
	switch {
	case errors.Is(err, engine.ErrMissing):
		return doctor.Finding{
			Check: check, State: doctor.Warning, Found: present.Say("aún no está", "not there yet"),
			Do: present.Say("amparo engine --fetch la trae una vez (unos 180 MB).", "amparo engine --fetch fetches it once (about 180 MB)."),
		}
	case err != nil:
		return doctor.Failed(check, err, present.Say("Nombre su carpeta con --engine-cache.", "Name its folder with --engine-cache."))
	}
	return doctor.Finding{Check: check, State: doctor.Well, Found: present.Say(cache, cache)}
}

// servers opens the installation, and asks the servers behind it.
func servers(ctx context.Context, g *command.Globals, streams *command.Streams) []doctor.Finding {
	var out []doctor.Finding
	need := func(o *installation.Options) {
		o.NeedStream, o.NeedStore, o.MustExist = true, true, g.NATS == "" || g.ClickHouse == ""
	}
	err := command.With(ctx, g, streams, need, func(in *installation.Installation) error {
		out = append(out, askStream(ctx, in, streams.Now)...)
		out = append(out, askStore(ctx, in, streams.Now)...)
		return nil
	})
	if err != nil {
		out = append(out, doctor.Failed(present.Say("Servidores", "Servers"), err,
			present.Say("Vea si corren, y sus direcciones y claves en los ajustes.", "See whether they run, and their addresses and keys in the settings.")))
	}
	return out
}

func askStream(ctx context.Context, in *installation.Installation, now func() time.Time) []doctor.Finding {
	asked := now()
	h, err := in.Stream.Health(ctx)
	if err != nil {
		return []doctor.Finding{doctor.Failed(present.Say("NATS", "NATS"), err, present.Say("Vea el registro de NATS.", "See the log of NATS."))}
	}
	out := append(doctor.Stream(h), doctor.Clock(present.Say("NATS: reloj", "NATS: clock"), h.Clock, asked, now()))
	judging := present.Say("Lo que llega se juzga", "What comes in is judged")
	last, err := in.Stream.LastSeq(ctx)
	var judged uint64
	if err == nil {
		judged, err = in.Stream.Acknowledged(ctx, sinkservice.ConsumerName(nil))
	}
	if err != nil {
		return append(out, doctor.Finding{Check: judging, State: doctor.Unknown, Found: present.Say(err.Error(), err.Error())})
	}
	return append(out, doctor.Lag(judging, last, judged))
}

func askStore(ctx context.Context, in *installation.Installation, now func() time.Time) []doctor.Finding {
	asked := now()
	h, err := in.Store.Health(ctx)
	if err != nil {
		return []doctor.Finding{doctor.Failed(present.Say("ClickHouse", "ClickHouse"), err, present.Say("Vea el registro de ClickHouse.", "See the log of ClickHouse."))}
	}
	out := []doctor.Finding{doctor.Store(h), doctor.Clock(present.Say("ClickHouse: reloj", "ClickHouse: clock"), h.Clock, asked, now())}
	st, err := command.StandingOf(ctx, in, obligation.Query{AsOf: now()})
	if err != nil {
		return append(out, doctor.Failed(present.Say("Fuentes", "Sources"), err, present.Say("Vea el registro de ClickHouse.", "See the log of ClickHouse.")))
	}
	return append(out, doctor.Sources(st.Sources, in.Catalogue.Zone)...)
}
