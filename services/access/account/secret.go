package account

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// hashing is what OWASP advises for argon2id: 19 MiB, two passes, one thread.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// LinkLife is how long a link that sets an account up works.
const LinkLife = 24 * time.Hour

const (
	shortestPassword = 12
	longestPassword  = 200
)

// ErrPassword means that a password is too easy to guess.
var ErrPassword = errors.New("la contraseña necesita al menos 12 caracteres, varios distintos, y no contener el nombre de la cuenta · " +
	"a password needs at least 12 characters, several of them different, and not the account's name")

func checkPassword(name, password string) error {
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	if n := utf8.RuneCountInString(password); n < shortestPassword || n > longestPassword || len(different) < 5 ||
		strings.Contains(strings.ToLower(password), strings.ToLower(name)) {
		return ErrPassword
	}
	return nil
}

// hashes bounds how many passwords are hashed at the same time: each takes its
// memory.
var hashes = make(chan struct{}, 2)

func hashPassword(password string) (string, error) {
	hashes <- struct{}{}
	defer func() { <-hashes }()
	hash, err := argon2id.CreateHash(password, hashing)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return hash, nil
}

// nobody is the hash of no one's password: who is unknown waits as long.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func passwordMatches(password, hash string) bool {
	hashes <- struct{}{}
	defer func() { <-hashes }()
	if hash == "" || len(password) > 4*longestPassword {
		password, hash = "", nobody
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	return ok && err == nil && hash != nobody
}

// newFactor makes the secret of a second factor for an account.
func newFactor(issuer, name string) (*otp.Key, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: name})
	if err != nil {
		return nil, fmt.Errorf("make a second factor: %w", err)
	}
	return key, nil
}

// factorPeriod is how long a code of the second factor stands.
const factorPeriod = 30 * time.Second

// factorStep returns the step whose code was given, of the present one and those
// beside it, if it comes after the last that was used.
func factorStep(secret, code string, last int64, now time.Time) (int64, bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for _, off := range []time.Duration{0, -factorPeriod, factorPeriod} {
		at := now.Add(off)
		step := at.Unix() / int64(factorPeriod/time.Second)
		want, err := totp.GenerateCode(secret, at)
		if err == nil && step > last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// newLink makes the secret part of a link, and what is kept of it.
func newLink() (token, kept string, err error) {
	b := make([]byte, 24)
	if _, err := rand.Read(b); err != nil {
		return "", "", fmt.Errorf("make a link: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, keptLink(token), nil
}

func keptLink(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
