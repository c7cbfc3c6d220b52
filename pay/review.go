package pay

import "zahlziel/cal"

// Review is a decision or a fact that a consumer contests, and what a person answered (GDPR art. 22(3), art. 16).
type Review struct {
	ID          ReviewID
	ConsumerID  ConsumerID
	DecisionID  DecisionID // empty where only a fact is contested
	Fact        string     // one of ReviewFacts; empty where a decision as a whole is contested
	State       string
	AskedAt     Micros
	AskedDay    cal.Day
	DueDay      cal.Day // by which a person answers
	AnsweredBy  StaffID
	AnsweredAt  Micros
	AnsweredDay cal.Day
	Outcome     string
	Redecision  DecisionID // the record of the new decision on corrected facts
	Sealed      []byte     // what the consumer wrote
	Answer      []byte     // what was answered, with the outcome before and after
}

// States and outcomes of a review.
const (
	ReviewOpen      = "open"
	ReviewAnswered  = "answered"
	ReviewWithdrawn = "withdrawn" // by the consumer
	ReviewUpheld    = "upheld"    // the decision stays
	ReviewCorrected = "corrected" // a fact was wrong and is corrected
)

// ReviewFile is a paper that a consumer added.
type ReviewFile struct {
	ID       ReviewFileID
	ReviewID ReviewID
	Kind     string // application/pdf, image/png, image/jpeg
	Size     int64
	SHA256   string
	At       Micros
	Sealed   []byte
}

// ReviewDays is how many bank days a person has to answer.
const ReviewDays = 5

// ReviewFacts are the facts that a person can correct after a contest. What the law keeps secret (§ 47 GwG) is none of them.
var ReviewFacts = []string{"birth_date", "address", "late_payment", "enquiries", "security", "insolvency", "deceased", "bureau", "write_off", "contact_change", "shared_data"}
