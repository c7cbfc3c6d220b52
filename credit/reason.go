package credit

import "zahlziel/cal"

// Reason is one typed cause. Which fields are set depends on the code; the sentence file names them.
type Reason struct {
	Code    Code
	Methods MethodSet // the methods it concerns
	Subject Subject   // what is missing, for L02, R20 and others
	No      string    // document number, source or feature text
	Text    string    // second text
	Day     cal.Day   // when it heals or the option returns, NoDay: by an act, not by time
	Since   cal.Day   // when it began
	Amount  int64     // minor units: the amount meant
	Of      int64     // minor units: what it is compared with
	Rest    int64     // minor units: what is left
	N, M    int32     // counts: now, and later on Day
	Days    int32
	Points  int32 // own points
	Best    int32 // points of the best bin, or the score needed
}

// Subject names what a reason is about where a code covers several things.
type Subject uint8

// The subjects.
const (
	NoSubject Subject = iota
	SubjectBank
	SubjectIdentity
	SubjectAddress
	SubjectMerchant
	SubjectMarket
	SubjectCurrency
	SubjectBudget
	SubjectCheck
)
