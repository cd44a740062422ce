package org.dlora.app;

import java.util.List;
import java.util.function.Function;
import org.dlora.cluster.accounts.TokenAccounts;
import org.dlora.cluster.accounts.TokensRefusedException;
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
    public Reservation reserve(String author, Work work, long tokens) {
        var owners = keys.apply(Access.keyOf(author));
        if (owners.isEmpty()) {
            return Reservation.NONE;
        }
        try {
            var admission =
                    switch (work) {
                        case REQUEST -> limiter.admit(owners, tokens);
                        case BESIDE -> limiter.admitTokens(owners, tokens);
                    };
            return admission::settle;
        } catch (LimitExceededException e) {
            throw new TokensRefusedException(e.words(), e);
        }
    }
}
