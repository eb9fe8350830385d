package credittest

// A heldRequest is a request that the vendor acts on later.
type heldRequest struct {
	request *Request
	after   int // further writes, or untilDelivery
}

const untilDelivery = -1

// Late breaks the connection, and the vendor acts on the write later: after it has handled
// that many further writes, or when [Server.Deliver] is called. With 0 writes it acts on
// Deliver only. Refused writes count; late writes, and writes that never reach the vendor
// as with [LostBefore], do not.
//
// With [Fault.After] the connection breaks after that time: an attempt that times out and
// takes effect later is Late(1).After(time.Hour).
func Late(writes int) Fault { return LostBefore().OnWrite().Late(writes) }

// InFlight is [Late] for a write that has reached the vendor and is still running.
// Until it ends, metronome responds with a 409 to requests with the same Idempotency-Key;
// flexprice, whose server writes back what it has read, overwrites what was written in
// between.
func InFlight(writes int) Fault { return LostBefore().OnWrite().InFlight(writes) }

// Late returns f for a vendor that acts later, see the function [Late].
func (f Fault) Late(writes int) Fault {
	f.Applied, f.late = true, writes
	if writes <= 0 {
		f.late = untilDelivery
	}
	return f
}

// InFlight returns f for a write that is still running, see the function [InFlight].
func (f Fault) InFlight(writes int) Fault {
	f = f.Late(writes)
	f.inFlight = true
	return f
}

// Deliver makes the vendor act now on all late writes, in the order of arrival, and returns
// their number.
func (s *Server) Deliver() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.held
	s.held = nil
	for _, h := range all {
		s.apply(h.request)
	}
	return len(all)
}

// applyDue counts a write that the vendor has handled, and acts on the late writes that
// are due after it. Late writes do not count.
func (s *Server) applyDue(r *Request) {
	if !r.Write {
		return
	}
	var due, rest []*heldRequest
	for _, h := range s.held {
		if h.after != untilDelivery {
			h.after--
		}
		if h.after == 0 {
			due = append(due, h)
		} else {
			rest = append(rest, h)
		}
	}
	s.held = rest
	for _, h := range due {
		s.apply(h.request)
	}
}
