//go:build !linux

package doctor

import (
	"errors"
	"math"
)

// DiskOf is not known on this system.
func DiskOf(string) (free, total uint64, err error) {
	return 0, 0, errors.New("the room on a disk is looked at on Linux only")
}

// ClockSet is not known on this system.
func ClockSet() (set, known bool) { return false, false }

// OpenFiles is not limited as far as is known.
func OpenFiles() uint64 { return math.MaxUint64 }

// MachineMemory is not known on this system.
func MachineMemory() uint64 { return 0 }
