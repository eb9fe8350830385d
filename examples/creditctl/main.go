// Creditctl shows and changes one credit from the shell, at any of the five
// vendors.
//
//	creditctl get     -vendor V -id ID [-owner ID]
//	creditctl update  -vendor V -id ID [-owner ID] -set FIELD=VALUE -clear FIELD
//	creditctl support [-vendor V]
//
// Credentials come from environment variables, never from the command line,
// which other users of the machine can read; creditctl -help lists them. With
// -fake it runs against the vendor's fake in its own process, without any.
//
// # Exit codes
//
//	0  done
//	2  the command line is wrong
//	3  refused or failed before anything was sent: it may be run again
//	4  the vendor said no: nothing was changed
//	5  sent, and nothing tells whether it was made: read the credit first
//	6  made, but the answer is unreadable, shows something else, or -verify
//	   could not read the credit back: do not run it again
//
// A get changes nothing. It ends with 4 where the vendor answered with anything
// but the credit, and with 3 where it was not asked or did not answer.
//
// The first Ctrl-C ends the call, and the program says what became of the change.
// The second one ends the program.
//
// # JSON
//
// With -json all there is to say is one object in one line of standard output,
// also where the command line is wrong. Its members are always there:
//
//	vendor, id, owner  as asked for
//	fake, dry_run      whether the flag was given
//	outcome            "applied", "planned" by -dry-run, "read" by get; after an
//	                   error "not sent", "rejected" (of a get: the vendor
//	                   answered), "unknown" or "applied"
//	kind               "" where all went well, and then the exit code is 0; else
//	                   "usage", which is code 2, "invalid", "unauthorized",
//	                   "forbidden", "not found", "conflict", "rate limited",
//	                   "unavailable", "malformed", "unsupported", "ambiguous",
//	                   "mismatch", "unverified" or "failed", and the code is that
//	                   of the outcome: 3, 4, 5, 6 in the order above
//	code               the vendor's own code for the reason
//	message            the error in one line, without any credential
//	fields             what was wrong with which field: [{"field", "message"}]
//	status             the HTTP status of the last answer, 0 where there was none
//	request_id         to quote to the vendor
//	retry_after        the seconds that the vendor asks to wait
//	attempts           how often the request was tried
//	idempotency_key    under which the same change is applied once (metronome)
//	repeatable         whether the same update, under the same key where there is
//	                   one, may be made again although the outcome is "unknown"
//	verified           whether the change was read back, as -verify asks
//	before, after      the credit as it was read and as the vendor shows it now;
//	                   null where neither happened. A field that the vendor does
//	                   not tell is missing, an empty one is null. Amounts are
//	                   strings with every digit: {"total":"12.50","note":null}
//	changes            the fields that were asked for: [{"field", "before",
//	                   "after"}], in words: "unknown" was not read, "" is empty
//	untold             fields whose new values the vendor's answer does not show
//	request            the write that was made, or would be, without its headers:
//	                   {"method", "path", "body"}, or null
//
// Support prints {"vendors":[{"vendor", "owner", "idempotency_keys", "records",
// "fields":[{"field", "set", "clear", "once", "as"}]}]}, and the object above
// where its command line is wrong. An update with a field that is once is not
// repeatable.
package main

import (
	"context"
	"os"
)

func main() {
	ctx, stop := interruptible(context.Background())
	p := program{getenv: os.Getenv, out: terminal(os.Stdout, os.Getenv), errs: terminal(os.Stderr, os.Getenv)}
	code := p.run(ctx, os.Args)
	stop()
	os.Exit(code)
}
