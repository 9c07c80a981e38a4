package api

import (
	"strings"

	"amparo/services/access"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

// texts are codes as a parameter lists them.
func texts[T ~string](codes []T) []string {
	out := make([]string, len(codes))
	for i, code := range codes {
		out[i] = string(code)
	}
	return out
}

// alerts are the queue of what somebody has to look into, with where each stands.
func (s *server) alerts() *dataset {
	return &dataset{
		path: "/alerts", needs: access.SeeQueue, title: "Alerts", about: "What somebody has to look into, by institution and place, never by case: what falls due within 24 hours, what is overdue, which departments are silent; and who has taken it up.",
		params: []param{
			{name: "kind", about: "Only this kind.", values: texts(queue.Kinds())}, {name: "state", about: "Only this state.", values: texts(queue.States())},
			s.dutyParam(), s.departmentParam(),
		},
		columns: []present.Column{
			present.Col("alert", "Alerta", "Alert"), present.Col("kind", "Qué", "Kind"), present.Col("duty", "Deber", "Duty"), present.Col("place", "Lugar", "Place"), present.Col("institution", "Institución", "Institution"),
			present.Col("count", "Cuántas", "Count"), present.Col("since", "Desde", "Since"), present.Col("state", "Estado", "State"), present.Col("owner", "A cargo de", "Owner"),
			present.Col("reason", "Motivo", "Reason"), present.Col("muted_until", "En silencio hasta", "Muted until"),
		},
		rows: func(r request) (*result, error) {
			view := s.Queue.Queue(r.viewer)
			if view.AsOf.IsZero() {
				return nil, errNotCounted
			}
			var lines []*queue.Line
			for i := range view.Lines {
				l := &view.Lines[i]
				is := func(name, value string) bool { return r.values[name] == "" || r.values[name] == value }
				if is("kind", string(l.Kind)) && is("state", string(l.State)) && is("duty", l.Duty) && strings.HasPrefix(l.Place, r.values["department"]) {
					lines = append(lines, l)
				}
			}
			return &result{stamp: s.stamp(view.AsOf), n: len(lines), row: func(i int) []present.Cell { return alertRow(lines[i]) }}, nil
		},
	}
}

func alertRow(l *queue.Line) []present.Cell {
	count, since, reason, muted := present.None, present.None, present.None, present.None
	if l.Kind != queue.Silent {
		count = present.Int(l.Count)
	}
	if !l.Since.IsZero() {
		since = present.At(l.Since)
	}
	if a := l.Handling.Acknowledged; a != nil {
		reason = present.Coded(string(a.Reason), a.Reason.Title())
	}
	if l.State == queue.Muted {
		muted = present.At(l.Handling.Muted.Until)
	}
	return []present.Cell{
		present.Text(l.ID), present.Coded(string(l.Kind), l.Kind.Title()), present.Text(l.Duty), present.Text(l.Place), present.Text(l.Institution),
		count, since, present.Coded(string(l.State), l.State.Title()), present.Text(l.Handling.Owner), reason, muted,
	}
}
