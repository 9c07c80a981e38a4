package doctor

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// DiskOf is how much room the disk of a folder has.
func DiskOf(dir string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("ask for the disk of %s: %w", dir, err)
	}
	block := uint64(s.Bsize) //nolint:gosec // A block's size is positive; its type differs by system.
	return s.Bavail * block, s.Blocks * block, nil
}

// ClockSet reports whether the machine's clock is set by others, as far as the
// system says.
func ClockSet() (set, known bool) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, false
	}
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, true
}

// OpenFiles is how many files this process may open.
func OpenFiles() uint64 {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return math.MaxUint64
	}
	return l.Cur
}

// MachineMemory is the memory of the machine, 0 where it is not known.
func MachineMemory() uint64 {
	var s unix.Sysinfo_t
	if err := unix.Sysinfo(&s); err != nil {
		return 0
	}
	return s.Totalram * uint64(s.Unit)
}
