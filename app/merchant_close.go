package app

import (
	"context"
	"strings"

	"zahlziel/pay"
)

// closable reads a merchant that can be closed: an application that is refused, or a merchant whose sales end.
func (a *App) closable(ctx context.Context, who Actor, id pay.MerchantID) (*pay.Merchant, error) {
	if !who.Can(DeedOnboard) {
		return nil, errForbidden
	}
	m, err := a.freshMerchant(ctx, id)
	if err == nil && m.Status == pay.MerchantClosed {
		err = pay.Errorf(pay.Conflict, "closed", "", "This merchant is closed already")
	}
	return m, err
}

// closingDigest names what two people close, and why.
func closingDigest(m *pay.Merchant, reason string) string {
	return sha([]byte(string(m.ID) + "\n" + reason))
}

// AskClosing asks for a merchant to be closed for a reason: a pending one is refused, an active one sells nothing more. What it
// has sold goes on: deliveries, refunds and payouts.
func (a *App) AskClosing(ctx context.Context, who Actor, id pay.MerchantID, reason string) error {
	m, err := a.closable(ctx, who, id)
	if err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); len(reason) < reasonMin || len(reason) > reasonMax {
		return errReason
	}
	step := pay.Activation{MerchantID: id, Deed: pay.StepClose, Reason: reason, Digest: closingDigest(m, reason), AskedBy: who.String(), AskedAt: a.Clock.Now()}
	asked, err := a.DB.AskActivation(ctx, step)
	if err != nil {
		return err
	}
	if !asked {
		return pay.Errorf(pay.Conflict, "closed", "", "Somebody confirmed the closing meanwhile")
	}
	return a.audit(ctx, who, "merchant_close_asked", bucketOf(id), string(id), reason)
}

// ConfirmClosing is the second pair of eyes: somebody else than who asked confirms exactly the reason that was given.
func (a *App) ConfirmClosing(ctx context.Context, who Actor, id pay.MerchantID, digest string) error {
	m, err := a.closable(ctx, who, id)
	if err != nil {
		return err
	}
	step, err := a.DB.Activation(ctx, id)
	switch {
	case err != nil:
		return err
	case step == nil || step.Deed != pay.StepClose:
		return errNothingWaits
	case step.AskedBy == who.String():
		return pay.Errorf(pay.Forbidden, "four_eyes", "", "You asked for this yourself; another person must confirm it")
	case step.Digest != digest || step.Digest != closingDigest(m, step.Reason):
		return errStepChanged
	}
	if step.ConfirmedBy == "" { // otherwise a confirmation was stopped halfway and is only finished here
		done, err := a.DB.ConfirmActivation(ctx, *step, who.String(), a.Clock.Now())
		if err != nil {
			return err
		}
		if !done {
			return errStepChanged
		}
	}
	m.Status = pay.MerchantClosed
	if err := a.DB.PutMerchant(ctx, *m); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "merchant_closed", bucketOf(id), string(id), step.Reason); err != nil {
		return err
	}
	return a.Reload(ctx)
}

var errStepChanged = pay.Errorf(pay.Conflict, "terms_changed", "", "The step changed meanwhile; read it again")
