package senders

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// tokenPrefix makes a token that was left in a file or a log easy to find.
const tokenPrefix = "amparo_"

// idDigits is the length of a token's public part.
const idDigits = 12

// newToken makes a token and what is kept of it.
func newToken(now time.Time) (string, Token, error) {
	secret, salt, id := make([]byte, 32), make([]byte, 16), make([]byte, idDigits/2)
	for _, b := range [][]byte{secret, salt, id} {
		if _, err := rand.Read(b); err != nil {
			return "", Token{}, fmt.Errorf("make a token: %w", err)
		}
	}
	text := base64.RawURLEncoding.EncodeToString(secret)
	kept := Token{ID: hex.EncodeToString(id), Salt: hex.EncodeToString(salt), CreatedAt: now}
	kept.Digest = digest(kept.Salt, text)
	return tokenPrefix + kept.ID + "_" + text, kept, nil
}

func digest(salt, secret string) string {
	sum := sha256.Sum256([]byte(salt + ":" + secret))
	return hex.EncodeToString(sum[:])
}

// split takes a token apart.
func split(token string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return "", "", false
	}
	id, secret, ok = strings.Cut(rest, "_")
	return id, secret, ok && len(id) == idDigits && secret != ""
}

// fits reports whether a secret is the token's, at an instant. It takes as long
// for a wrong one as for the right one.
func (t *Token) fits(secret string, now time.Time) bool {
	same := subtle.ConstantTimeCompare([]byte(digest(t.Salt, secret)), []byte(t.Digest)) == 1
	return same && !expired(t.ExpiresAt, now)
}

func expired(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
