// Package doctor looks at an installation as an operator would: settings, disks,
// clocks, memory, the servers, and whether what comes in is judged. Each finding says
// what was found and, where that is not well, what to do.
package doctor

import (
	"fmt"
	"time"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/law"
	"amparo/services/present"
)

// A State is how well something is.
type State string

// The states, the best first.
const (
	Well    State = "well"
	Warning State = "warning" // goes on, but not for long, or not as it should
	Ill     State = "ill"     // does not work, or loses something
	Unknown State = "unknown" // could not be looked at
)

// A Finding is what was found about one thing.
type Finding struct {
	Check law.Text
	State State
	Found law.Text
	Do    law.Text // empty where it is well
}

// Words are how people read a state.
func (s State) Words() law.Text {
	return map[State]law.Text{
		Well: {ES: "bien", EN: "well"}, Warning: {ES: "atención", EN: "warning"}, Ill: {ES: "mal", EN: "ill"}, Unknown: {ES: "no se sabe", EN: "unknown"},
	}[s]
}

// Limits of what is well.
const (
	fewBytes    = 5 << 30 // free on a disk
	fewShare    = 0.10    // of it
	noBytes     = 1 << 30
	clockSkew   = 2 * time.Second // between this machine and a server
	fewFiles    = 4096            // that a process may open
	memoryShare = 0.8             // of the machine's, that a query may use
	lagged      = 100_000         // messages that wait to be judged
	fullShare   = 0.9             // of what the stream may use
)

func well(check, found law.Text) Finding { return Finding{check, Well, found, law.Text{}} }

// Failed is a finding about what could not be done at all.
func Failed(check law.Text, err error, do law.Text) Finding {
	return Finding{check, Ill, present.Say(err.Error(), err.Error()), do}
}

// Disk judges how much room there is.
func Disk(check law.Text, free, total uint64) Finding {
	text := fmt.Sprintf("%s %%s %s", size(free), size(total))
	f := well(check, present.Say(fmt.Sprintf(text, "libres de"), fmt.Sprintf(text, "free of")))
	switch {
	case total == 0:
		f.State = Unknown
	case free < noBytes:
		f.State = Ill
	case free < fewBytes, float64(free) < fewShare*float64(total):
		f.State = Warning
	}
	if f.State == Ill || f.State == Warning {
		f.Do = present.Say("Dele más disco, o mueva la carpeta: cuando se llene, los envíos se rechazan hasta que haya lugar.",
			"Give it more disk, or move the folder: once it is full, senders are refused until there is room.")
	}
	return f
}

// Clock judges how far a server's clock is from this machine's. The server was
// asked at one instant and had answered at another.
func Clock(check law.Text, server, asked, answered time.Time) Finding {
	off := time.Duration(0)
	switch {
	case server.IsZero():
		return Finding{check, Unknown, present.Say("el servidor no dice la hora", "the server does not tell the time"), law.Text{}}
	case server.Before(asked):
		off = asked.Sub(server)
	case server.After(answered):
		off = server.Sub(answered)
	}
	seconds := present.Fixed(off.Seconds(), 1)
	f := well(check, present.Say("difiere "+seconds+" segundos a lo más", "differs by "+seconds+" seconds at most"))
	if off > clockSkew {
		f.State = Ill
		f.Do = present.Say("Sincronice los relojes (chrony o systemd-timesyncd): los plazos se juzgan por ellos.",
			"Set the clocks by NTP (chrony or systemd-timesyncd): deadlines are judged by them.")
	}
	return f
}

// Synchronised judges whether the machine's clock is set by others.
func Synchronised(check law.Text, synchronised, known bool) Finding {
	switch {
	case !known:
		return Finding{check, Unknown, present.Say("el sistema no lo dice", "the system does not say"), law.Text{}}
	case synchronised:
		return well(check, present.Say("sincronizado", "synchronised"))
	}
	return Finding{
		check, Warning, present.Say("no sincronizado", "not synchronised"),
		present.Say("Active chrony o systemd-timesyncd: un reloj adelantado deja pasar hechos futuros, uno atrasado rechaza por futuros los ciertos.",
			"Turn on chrony or systemd-timesyncd: a clock ahead lets future facts in, one behind refuses true ones as future."),
	}
}

// Files judges how many files a process may open.
func Files(check law.Text, limit uint64) Finding {
	f := well(check, present.Say(fmt.Sprintf("%d archivos", limit), fmt.Sprintf("%d files", limit)))
	if limit < fewFiles {
		f.State = Warning
		f.Do = present.Say("Suba LimitNOFILE= en la unidad de systemd, o ulimit -n.", "Raise LimitNOFILE= in the systemd unit, or ulimit -n.")
	}
	return f
}

// Memory judges whether a query may use more than the machine has.
func Memory(check law.Text, perQuery, machine uint64) Finding {
	f := well(check, present.Say(size(perQuery)+" por consulta, de "+size(machine), size(perQuery)+" a query, of "+size(machine)))
	switch {
	case machine == 0:
		f.State = Unknown
	case float64(perQuery) > memoryShare*float64(machine):
		f.State = Warning
		f.Do = present.Say("Baje --max-memory por debajo de cuatro quintos de la memoria, o el sistema matará el proceso.",
			"Lower --max-memory below four fifths of the memory, or the system kills the process.")
	}
	return f
}

// Stream judges the server that holds the events.
func Stream(h stream.Health) []Finding {
	kept := well(present.Say("NATS: dónde guarda", "NATS: where it keeps"), present.Say(
		fmt.Sprintf("en disco, %d copias, versión %s", h.Replicas, h.Version), fmt.Sprintf("on disk, %d copies, version %s", h.Replicas, h.Version)))
	if !h.OnDisk {
		kept.State = Ill
		kept.Found = present.Say("en memoria", "in memory")
		kept.Do = present.Say("Cree el flujo EVENTS en disco: lo aceptado se pierde al reiniciar.", "Make the stream EVENTS on disk: what was accepted is lost at a restart.")
	}
	room := well(present.Say("NATS: lugar del flujo", "NATS: room of the stream"), present.Say(size(h.Bytes)+" usados", size(h.Bytes)+" used"))
	if h.MaxBytes > 0 && float64(h.Bytes) > fullShare*float64(h.MaxBytes) {
		room.State = Warning
		room.Do = present.Say("Suba el límite del flujo EVENTS: al llenarse, los envíos se rechazan.", "Raise the limit of the stream EVENTS: once full, senders are refused.")
	}
	return []Finding{kept, room}
}

// Lag judges whether what comes in is judged.
func Lag(check law.Text, last, judged uint64) Finding {
	waiting := last - min(judged, last)
	f := well(check, present.Say(present.Count(int64(waiting))+" mensajes por juzgar", present.Count(int64(waiting))+" messages wait to be judged")) //nolint:gosec // A count fits.
	if waiting > lagged {
		f.State = Warning
		f.Do = present.Say("Vea si amparo sink corre, y su registro.", "See whether amparo sink runs, and its log.")
	}
	return f
}

// Sources judges who reports, and whether made-up and recorded data are mixed.
func Sources(sources *present.Sources, zone *time.Location) []Finding {
	check := present.Say("Fuentes", "Sources")
	all := sources.All()
	out := []Finding{well(check, present.Say("informan hasta el "+present.Instant(all.Until, zone), "have reported until "+present.Instant(all.Until, zone)))}
	for _, mark := range sources.Marks() {
		out = append(out, Finding{check, Warning, mark, present.Say("Pregunte a quienes dejaron de enviar.", "Ask those who no longer send.")})
	}
	if sources.Data() == present.MixedData {
		out = append(out, Finding{
			present.Say("Datos", "Data"), Ill, present.Say("sintéticos y registrados, mezclados", "synthetic and recorded, mixed"),
			present.Say("Ningún número de aquí sirve: comience otra instalación y lleve a ella solo lo registrado.",
				"No number here is of use: begin another installation, and take only what was recorded to it."),
		})
	}
	return out
}

// Store judges the server that holds the tables.
func Store(h store.Health) Finding {
	return Disk(present.Say("ClickHouse: disco", "ClickHouse: disk"), h.Free, h.Total)
}

// size is a number of bytes for people.
func size(n uint64) string {
	switch {
	case n >= 1<<30:
		return present.Fixed(float64(n)/(1<<30), 1) + " GB"
	case n >= 1<<20:
		return present.Fixed(float64(n)/(1<<20), 0) + " MB"
	}
	return present.Count(int64(n)) + " B"
}
