package obligation

import (
	"runtime"
	"sync"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// FoldMany folds several subjects on all processors. The result at i is that of
// subject i.
func FoldMany(cat *law.Catalogue, subjects [][]event.Event, query func(i int) Query) [][]Obligation {
	out := make([][]Obligation, len(subjects))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(subjects))
	for w := range workers {
		wg.Go(func() {
			var room Room
			for i := w; i < len(subjects); i += workers {
				q := query(i)
				out[i] = room.FoldVisible(cat, Visible(cat, subjects[i], q), q)
			}
		})
	}
	wg.Wait()
	return out
}
