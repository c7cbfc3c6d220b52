// Package vault keeps personal data sealed.
//
// A master keyset (Tink, AES-256-GCM, rotatable) wraps one data key per consumer; names, addresses, birth dates and free
// texts are sealed with that key, so destroying it erases the person. Look-ups go by blind indexes: keyed hashes.
package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	aeadsubtle "github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Vault seals, opens and indexes.
type Vault struct {
	kek    tink.AEAD
	secret []byte // for blind indexes, keyed hashes and the keys of short-lived rows
	mu     sync.Mutex
	cache  map[string]*Key // by wrapped key; bounded
}

// cacheMax bounds the cache of opened data keys.
const cacheMax = 20000

// file is the master key file: a Tink keyset and a secret that does not rotate, because stored indexes depend on it.
type file struct {
	Keyset json.RawMessage `json:"keyset"`
	Secret string          `json:"secret"`
}

// ErrNoKey is returned when the master key is not where it should be.
var ErrNoKey = errors.New("no master key")

// EnvMaster is the environment variable that may hold the master key file's content instead of a file.
const EnvMaster = "ZAHLZIEL_MASTER_KEY"

// Open reads the master key: from content if that is not empty, else from the file at path.
func Open(path, content string) (*Vault, error) {
	b := []byte(content)
	if content == "" {
		var err error
		if b, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w at %s: run `zahlziel migrate` to create one, or restore it from your backup", ErrNoKey, path)
		} else if err != nil {
			return nil, err
		}
	}
	return parse(b)
}

// Create makes a new master key file readable by its owner only; it never overwrites one.
func Create(path string) (*Vault, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	b, err := encode(h, base64.StdEncoding.EncodeToString(secret))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return parse(b)
}

// Rotate adds a new primary key to the file; older keys still open what they wrapped. Rewrap moves data keys to the new one.
func Rotate(path string) (*Vault, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, h, err := decode(b)
	if err != nil {
		return nil, err
	}
	m := keyset.NewManagerFromHandle(h)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err == nil {
		err = m.SetPrimary(id)
	}
	if err == nil {
		h, err = m.Handle()
	}
	if err == nil {
		b, err = encode(h, f.Secret)
	}
	if err != nil {
		return nil, err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(tmp, path); err != nil {
		return nil, err
	}
	return parse(b)
}

func encode(h *keyset.Handle, secret string) ([]byte, error) {
	var ks bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&ks)); err != nil {
		return nil, err
	}
	return json.Marshal(file{ks.Bytes(), secret})
}

func decode(b []byte) (f file, h *keyset.Handle, err error) {
	if err = json.Unmarshal(b, &f); err != nil {
		return f, nil, errors.New("the master key is not a key file of this program")
	}
	h, err = insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset)))
	return f, h, err
}

func parse(b []byte) (*Vault, error) {
	f, h, err := decode(b)
	if err != nil {
		return nil, err
	}
	kek, err := aead.New(h)
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(f.Secret)
	if err != nil || len(secret) < 32 {
		return nil, errors.New("the master key file has no usable secret")
	}
	return &Vault{kek: kek, secret: secret, cache: map[string]*Key{}}, nil
}

// Key seals one person's data.
type Key struct{ aead tink.AEAD }

// NewKey makes a data key and returns it wrapped for storage.
func (v *Vault) NewKey() (*Key, []byte, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	wrapped, err := v.kek.Encrypt(raw, []byte("consumer"))
	if err != nil {
		return nil, nil, err
	}
	k, err := v.Key(wrapped)
	return k, wrapped, err
}

// ErrErased is returned for data whose key was destroyed.
var ErrErased = errors.New("erased")

// Key opens a wrapped data key.
func (v *Vault) Key(wrapped []byte) (*Key, error) {
	if len(wrapped) == 0 {
		return nil, ErrErased
	}
	v.mu.Lock()
	k := v.cache[string(wrapped)]
	v.mu.Unlock()
	if k != nil {
		return k, nil
	}
	raw, err := v.kek.Decrypt(wrapped, []byte("consumer"))
	if err != nil {
		return nil, errors.New("a data key does not open with this master key")
	}
	a, err := aeadsubtle.NewAESGCM(raw)
	if err != nil {
		return nil, err
	}
	k = &Key{a}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.cache) >= cacheMax {
		clear(v.cache)
	}
	v.cache[string(wrapped)] = k
	return k, nil
}

// Forget drops a data key from memory after its person was erased.
func (v *Vault) Forget(wrapped []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.cache, string(wrapped))
}

// Rewrap wraps a data key under the primary master key.
func (v *Vault) Rewrap(wrapped []byte) ([]byte, error) {
	raw, err := v.kek.Decrypt(wrapped, []byte("consumer"))
	if err != nil {
		return nil, err
	}
	return v.kek.Encrypt(raw, []byte("consumer"))
}

// Seal encrypts; id is the row the text belongs to and must be given again to open it.
func (k *Key) Seal(id string, plain []byte) []byte {
	b, err := k.aead.Encrypt(plain, []byte(id))
	if err != nil {
		panic(err) // only for texts of gigabytes
	}
	return b
}

// Open decrypts what Seal made for the same id.
func (k *Key) Open(id string, sealed []byte) ([]byte, error) {
	b, err := k.aead.Decrypt(sealed, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("sealed data of %s does not open: %w", id, err)
	}
	return b, nil
}

// RowKey is the key of one short-lived row that belongs to nobody yet, such as a checkout session; the row is deleted, not its key.
func (v *Vault) RowKey(id string) *Key {
	a, err := aeadsubtle.NewAESGCM(v.mac("row", id))
	if err != nil {
		panic(err) // the key length is right
	}
	return &Key{a}
}

// Index is the blind index of a value under a kind: 26 characters that only this installation can compute.
func (v *Vault) Index(kind, value string) string {
	return kind + "." + hex.EncodeToString(v.mac("index."+kind, value)[:16])
}

// MAC is the keyed hash of a secret with high entropy, for storage.
func (v *Vault) MAC(kind, secret string) string {
	return base64.RawURLEncoding.EncodeToString(v.mac(kind, secret))
}

// SameMAC compares in constant time.
func (v *Vault) SameMAC(kind, secret, mac string) bool {
	return subtle.ConstantTimeCompare([]byte(v.MAC(kind, secret)), []byte(mac)) == 1
}

// Secret derives a key for a purpose, for example to sign tokens.
func (v *Vault) Secret(purpose string) []byte { return v.mac("purpose", purpose) }

func (v *Vault) mac(kind, value string) []byte {
	h := hmac.New(sha256.New, v.secret)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return h.Sum(nil)
}

// Token returns a fresh random secret of 32 bytes as text.
func Token() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
