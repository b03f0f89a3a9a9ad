// Package journal keeps the life of tickets: each alarm of a customer is one, from its raising to its
// clearing, with who took it, what was answered, how its severity changed, and how it ended.
//
// What lives here: the ticket and its entries (ticket.go), how raised and cleared alarms open and close
// tickets (journal.go), what people say of one (word.go), how one is found (find.go), what each is reckoned to
// owe (reckoning.go, owed.go), and what is forgotten (tidy.go). What does not: when an answer is due
// (package ticket), which alarms there are and how what is owed is raised (package alert), the file
// (package ledger), requests (package web) and the mails (package mail).
//
// The journal stands between the engine and its ledger: an alarm and its ticket are kept by the same
// transaction, so none is without the other after a kill. Alarms of no customer (a receiver that fails, the
// centre itself) are no tickets, for no customer waits for an answer; nor are those about tickets.
//
// To add something that people may say, add a What, a method in word.go that adds its Entry, and its part
// in Ticket.history where the clock minds it.
package journal
