package org.dlora.security.limits;

import java.util.ArrayList;
import java.util.List;
import org.dlora.security.limits.SharedRates.Claim;
import org.jspecify.annotations.Nullable;

/**
 * A request that the limits have let in: at first with its place alone, then with the tokens that
 * it may take at most. Thread-safe.
 */
public final class Admission {
    private final Limiter limiter;
    private Reserved reserved;
    private @Nullable SharedGate sharedBy;

    /** Parts of shared rates that it has not used; null until it has ended. */
    private @Nullable List<Claim> unused;

    /**
     * Parts of limits that a request holds.
     *
     * @param tokens that it may take at most
     * @param headroom headroom of its owners at that time
     */
    record Reserved(List<Hold> holds, long tokens, Headroom headroom) {}

    Admission(Limiter limiter, List<Hold> holds, Headroom headroom) {
        this.limiter = limiter;
        reserved = new Reserved(holds, 0, headroom);
    }

    /**
     * Reserves the tokens that the request can use at most; once, and not after it has ended.
     *
     * @throws LimitExceededException if a limit has no room for them; the request keeps its place
     *     until it is withdrawn
     */
    public synchronized void reserve(long tokens) {
        if (unused == null) {
            reserved = limiter.reserve(reserved.holds, tokens);
        }
    }

    /** Returns the caller's headroom when the request was admitted. */
    public synchronized Headroom headroom() {
        return reserved.headroom;
    }

    /**
     * Ends the request, and gives back what it has not used; once.
     *
     * @param used tokens of its prompts and answers
     */
    public synchronized void settle(long used) {
        long taken = reserved.tokens;
        long atMost = Math.min(used, taken);
        if (end(claims(0, taken - atMost))) {
            limiter.settle(reserved.holds, taken, atMost);
        }
    }

    /** Gives back all of it, as it was not begun; once. */
    public synchronized void withdraw() {
        if (end(claims())) {
            limiter.withdraw(reserved.holds, reserved.tokens);
        }
    }

    private boolean end(List<Claim> rest) {
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
    synchronized List<Claim> claims() {
        return claims(1, reserved.tokens);
    }

    private List<Claim> claims(long requests, long tokens) {
        var claims = new ArrayList<Claim>();
        for (var hold : reserved.holds) {
            var owner = hold.owner();
            if (hold.isRequest()) {
                add(
                        claims,
                        owner,
                        LimitKind.REQUESTS,
                        owner.limits().requestsPerMinute(),
                        requests);
            }
            add(claims, owner, LimitKind.TOKENS, owner.limits().tokensPerMinute(), tokens);
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
