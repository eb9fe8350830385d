package credittest

// A held request is one that the vendor acts on later.
type heldRequest struct {
	request *Request
	after   int // further writes, or untilDelivery
}

const untilDelivery = -1

// Late breaks the connection, and the vendor acts on the write later: right
// after it has handled that many further writes, or when [Server.Deliver] is
// called. With 0 writes only Deliver makes it act. Writes that are refused are
// counted, those that are late themselves are not, nor those that never reach
// the vendor, as with [LostBefore].
//
// With [Fault.After] the attempt waits for its answer first: an attempt that
// times out and takes effect later is Late(1).After(time.Hour).
func Late(writes int) Fault { return LostBefore().OnWrite().Late(writes) }

// InFlight is [Late] for a write that has reached the vendor and is still
// running. At metronome a request with the same Idempotency-Key is answered with
// a 409 until then, and at flexprice, whose server writes back what it has read,
// what was written in between is lost.
func InFlight(writes int) Fault { return LostBefore().OnWrite().InFlight(writes) }

// Late makes a fault one after which the vendor acts later; see the function
// [Late].
func (f Fault) Late(writes int) Fault {
	f.Applied, f.late = true, writes
	if writes <= 0 {
		f.late = untilDelivery
	}
	return f
}

// InFlight makes a fault one after which the vendor is still at work; see the
// function [InFlight].
func (f Fault) InFlight(writes int) Fault {
	f = f.Late(writes)
	f.inFlight = true
	return f
}

// Deliver makes the vendor act now on all writes that are late, in the order in
// which they arrived, and returns how many there were.
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

// applyDue counts a write that the vendor has handled, and acts on the late ones
// that waited for it. Late writes do not count, so one never waits for another.
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
