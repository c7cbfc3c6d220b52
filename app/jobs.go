package app

import (
	"zahlziel/pay"
	"zahlziel/store"
)

// Kinds of job.
const (
	JobCode           = "code"            // mail a checkout code
	JobSignIn         = "sign_in"         // mail a sign-in link
	JobPaymentRequest = "payment_request" // make the paper of an invoice and mail it
	JobAgreement      = "agreement"       // write a regulated contract down, make its papers and mail them
	JobReminder       = "reminder"        // mail a reminder
	JobIndex          = "index"           // make a new consumer findable at the desk
	JobCluster        = "cluster"         // find out who else uses a person's account
	JobShopCallback   = "shop_callback"   // tell a shop that a prepayment arrived
	JobReport         = "report"          // draw a settlement report
	JobShopNotice     = "shop_notice"     // tell a shop what came of an order that waited
	JobAuthorized     = "authorized"      // tell a shop that its buyer confirmed
	JobPush           = "push"            // tell a shop that its order is complete
	JobPageStatus     = "page_status"     // tell a shop how far a hosted page is
	JobDistribution   = "distribution"    // mail the address of a hosted page to a buyer
	JobWebhook        = "webhook"         // tell a merchant's endpoint of an event
	JobUserMail       = "user_mail"       // mail a merchant's user a link or an invitation
)

// urgent names the kinds that somebody waits for.
var urgent = map[string]bool{JobCode: true, JobSignIn: true, JobShopCallback: true, JobShopNotice: true,
	JobAuthorized: true, JobPageStatus: true, JobReport: true, JobDistribution: true, JobUserMail: true}

// queue writes a job in the unit's transaction; the worker hears of it once the group is durable.
func (a *App) queue(tx *store.Tx, kind, subject string, body []byte) {
	a.queueAt(tx, kind, subject, body, tx.At)
}

func (a *App) queueAt(tx *store.Tx, kind, subject string, body []byte, due pay.Micros) {
	j := &pay.Job{ID: pay.JobID(tx.ID(pay.PrefixJob)), Kind: kind, Rank: pay.JobCalm, Subject: subject, Body: body, DueAt: due, State: pay.JobWaiting}
	if urgent[kind] {
		j.Rank = pay.JobUrgent
	}
	store.Save(tx, store.Jobs, j)
	tx.After(a.Wake)
}
