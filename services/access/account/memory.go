package account

import (
	"errors"
	"sync"
	"time"
)

// A memory keeps a bounded number of sessions. It implements scs.Store.
type memory struct {
	mu   sync.Mutex
	kept map[string]session
}

type session struct {
	data []byte
	ends time.Time
}

// mostSessions is how many may stand at the same time.
const mostSessions = 20_000

func newMemory() *memory { return &memory{kept: map[string]session{}} }

var errFull = errors.New("too many sessions")

// Find implements scs.Store.
func (m *memory) Find(token string) (data []byte, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[token]
	if !ok || !time.Now().Before(s.ends) { // The library sets the ends by this clock.
		return nil, false, nil
	}
	return s.data, true, nil
}

// Commit implements scs.Store.
func (m *memory) Commit(token string, data []byte, ends time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.kept[token]; !ok && len(m.kept) >= mostSessions {
		for key, s := range m.kept {
			if !time.Now().Before(s.ends) {
				delete(m.kept, key)
			}
		}
		if len(m.kept) >= mostSessions {
			return errFull
		}
	}
	m.kept[token] = session{data, ends}
	return nil
}

// Delete implements scs.Store.
func (m *memory) Delete(token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, token)
	return nil
}
