// Package mail tells of alarms by mail that a ticket system can parse, and reads what
// people answer.
//
// What lives here: who gets what (config.go, validate.go), which mail is due (sender.go),
// what it looks like (message.go, page.go, machine.go, words.go), how texts of devices are made
// harmless (clean.go), how it is sent (smtp.go), and a reply to it (reply.go, parts.go,
// comment.go). What does not: when alarms are told and when again (processors/alert/notify),
// when an answer is due (processors/alert/ticket), and the fetching of replies.
//
// # The thread of an alarm
//
// The first mail of an alarm has a Message-ID made of its key and of the moment it was
// raised; what follows refers to it, over restarts too. A mail that is sent again because
// the answer to it was lost, or what was told is forgotten, has the Message-ID that it had,
// so a receiver can tell it; what is told anew has another.
package mail
