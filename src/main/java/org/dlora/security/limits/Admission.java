package org.dlora.security.limits;

import java.util.ArrayList;
import java.util.List;
import org.dlora.security.limits.SharedRates.Claim;
import org.jspecify.annotations.Nullable;

/** A request that the limits have let in, with what it may take at most. Thread-safe. */
public final class Admission {
    private final Limiter limiter;
    private final List<Hold> holds;
    private final long taken;
    private final Headroom headroom;
    private @Nullable SharedGate sharedBy;

    /** Parts of shared rates that it has not used; null until it has ended. */
    private @Nullable List<Claim> unused;

    Admission(Limiter limiter, List<Hold> holds, long taken, Headroom headroom) {
        this.limiter = limiter;
        this.holds = holds;
        this.taken = taken;
        this.headroom = headroom;
    }

    /** Returns what the caller could take besides when the request was let in. */
    public Headroom headroom() {
        return headroom;
    }

    /**
     * Ends the request, and gives back what it has not used; once.
     *
     * @param used tokens of its prompts and answers
     */
    public void settle(long used) {
        long atMost = Math.min(used, taken);
        if (end(claims(0, taken - atMost))) {
            limiter.settle(holds, taken, atMost);
        }
    }

    /** Gives back all of it, as it was not begun; once. */
    public void withdraw() {
        if (end(claims())) {
            limiter.withdraw(holds, taken);
        }
    }

    private synchronized boolean end(List<Claim> rest) {
        if (unused != null) {
            return false;
        }
        unused = rest;
        if (sharedBy != null) {
            sharedBy.giveBack(rest);
        }
        return true;
    }

    synchronized boolean hasEnded() {
        return unused != null;
    }

    /** Notes that it was taken from shared rates too, maybe only after it has ended. */
    synchronized void shareWith(SharedGate gate) {
        sharedBy = gate;
        if (unused != null) {
            gate.giveBack(unused);
        }
    }

    /** Returns the parts of limits per minute that it has taken. */
    List<Claim> claims() {
        return claims(1, taken);
    }

    private List<Claim> claims(long requests, long tokens) {
        var claims = new ArrayList<Claim>();
        for (var hold : holds) {
            var owner = hold.owner();
            add(claims, owner, LimitKind.REQUESTS, owner.quota().requestsPerMinute(), requests);
            add(claims, owner, LimitKind.TOKENS, owner.quota().tokensPerMinute(), tokens);
        }
        return claims;
    }

    private static void add(
            List<Claim> claims, Limited owner, LimitKind kind, @Nullable Long limit, long amount) {
        if (limit != null) {
            claims.add(new Claim(owner, kind, limit, amount));
        }
    }
}
