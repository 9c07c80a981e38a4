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
			for i := w; i < len(subjects); i += workers {
				out[i] = Fold(cat, subjects[i], query(i))
			}
		})
	}
	wg.Wait()
	return out
}
