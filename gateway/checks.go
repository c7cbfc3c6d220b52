package gateway

import (
	"context"
	"fmt"
)

// Checks is a partner at whom a person takes part in a check: POST {url}/checks begins one, POST {url}/checks/result tells
// how far it is; see docs/sources.md.
type Checks struct{ client *Client }

// NewChecks returns the partner of a configuration.
func NewChecks(c Config) (*Checks, error) {
	client, err := NewClient(c)
	return &Checks{client}, err
}

// Begin starts the check with this id, which is the same for every try. in is what the partner is told.
func (c *Checks) Begin(ctx context.Context, id string, in map[string]any) (Started, error) {
	var a struct{ Ref, Redirect string }
	if err := c.client.Call(ctx, "/checks", id, in, &a); err != nil {
		return Started{}, err
	}
	return StartedOf(a.Ref, a.Redirect)
}

// Outcome is the answer about a check; one that is pending has no head yet.
type Outcome struct {
	Head
	Status string `json:"status"`
}

// Read returns the state and, of a check that is over, the stamp.
func (o Outcome) Read() (state State, stamp Stamp, err error) {
	if state, err = StateOf(o.Status); err != nil || state == Pending {
		return state, stamp, err
	}
	stamp, err = o.Stamp()
	return state, stamp, err
}

// Ask asks for the outcome of the check with this ref; out holds an Outcome and what else the partner tells.
func (c *Checks) Ask(ctx context.Context, ref string, out any) error {
	return c.client.Call(ctx, "/checks/result", "", map[string]any{"ref": ref}, out)
}

// ScriptedState is what a test address wants the fake of a kind of check to say: KIND-failed, KIND-pending or KIND-timeout;
// without a word of these, everybody is confirmed.
func ScriptedState(p Person, kind string) (State, error) {
	switch {
	case p.Scripted(kind + "-timeout"):
		return "", fmt.Errorf("%w: scripted", ErrUnavailable)
	case p.Scripted(kind + "-failed"):
		return Failed, nil
	case p.Scripted(kind + "-pending"):
		return Pending, nil
	}
	return Confirmed, nil
}
