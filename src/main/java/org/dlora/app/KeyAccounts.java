package org.dlora.app;

import java.util.List;
import java.util.function.Function;
import org.dlora.cluster.adapters.GateNotRunException;
import org.dlora.cluster.gate.TokenAccounts;
import org.dlora.security.Access;
import org.dlora.security.limits.LimitExceededException;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;

/**
 * Accounts of keys and their teams. Users of the console, hosts and the server have none.
 *
 * @param keys whose limits hold for a key, by its id
 */
record KeyAccounts(Function<String, List<Limited>> keys, Limiter limiter) implements TokenAccounts {
    @Override
    public Reservation reserve(String author, long tokens) {
        var owners = keys.apply(Access.keyOf(author));
        if (owners.isEmpty()) {
            return FREE.reserve(author, tokens);
        }
        try {
            return limiter.admit(owners, tokens)::settle;
        } catch (LimitExceededException e) {
            throw new GateNotRunException("The gate was not run: " + e.words(), e);
        }
    }
}
