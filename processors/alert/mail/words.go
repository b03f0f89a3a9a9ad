package mail

// words are what a mail says in a language.
type words struct {
	Language string // its code

	Alarm, Raised, Cleared                                    string
	Ticket, Overdue, Escalated, Settled                       string
	Customer, Site, Entity, Rule, Severity, Value             string
	Since, Until, Devices, Desk, Due, Owner, AcknowledgedTill string
	Contact, Runbook, Link, Context, Reply                    string
}

var languages = map[string]words{
	"en": {
		Language: "en", Alarm: "Alarm", Raised: "raised", Cleared: "cleared",
		Ticket: "Ticket", Overdue: "overdue", Escalated: "escalated", Settled: "settled",
		Customer: "Customer", Site: "Site", Entity: "Entity", Rule: "Rule", Severity: "Severity", Value: "Value",
		Since: "Since", Until: "Until", Devices: "Devices affected", Desk: "Desk", Due: "First response due", Owner: "Owner", AcknowledgedTill: "Acknowledged until",
		Contact: "Contact", Runbook: "Runbook", Link: "Link", Context: "What is known around it",
		Reply: "A reply to this mail becomes a comment on the alarm. Leave the key in the subject as it is.",
	},
	"ja": {
		Language: "ja", Alarm: "アラーム", Raised: "発生", Cleared: "復旧",
		Ticket: "チケット", Overdue: "期限超過", Escalated: "エスカレーション", Settled: "解消",
		Customer: "お客様", Site: "拠点", Entity: "対象", Rule: "ルール", Severity: "重大度", Value: "値",
		Since: "発生日時", Until: "復旧日時", Devices: "影響を受ける機器数", Desk: "窓口", Due: "初回応答期限", Owner: "担当者", AcknowledgedTill: "確認済みの期限",
		Contact: "連絡先", Runbook: "手順書", Link: "リンク", Context: "関連情報",
		Reply: "このメールに返信すると、アラームへのコメントとして記録されます。件名の番号は変更しないでください。",
	},
}

// statuses are the words for each status.
func (w words) statuses() map[string]string {
	return map[string]string{raised: w.Raised, cleared: w.Cleared, overdue: w.Overdue, escalated: w.Escalated, settled: w.Settled}
}
