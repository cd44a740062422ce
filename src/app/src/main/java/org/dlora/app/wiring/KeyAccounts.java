package org.dlora.app.wiring;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.accounts.TokensRefusedException;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.security.Access;
import org.dlora.security.limits.LimitExceededException;
import org.dlora.security.limits.Limiter;

/**
 * Accounts of keys and their teams. Users of the console, hosts and the server pay nothing; each of
 * them owns the cached prefixes of its work alone.
 *
 * @param keys access of the calls with a key, by the key's id; empty if there is no such key
 * @param prefixes which keys share cached prefixes
 */
record KeyAccounts(Function<String, Optional<Access>> keys, Limiter limiter, PrefixSharing prefixes)
        implements TokenAccounts {
    @Override
    public Reservation reserve(String author, Work work, long tokens) {
        var owners = keys.apply(Access.keyOf(author)).map(Access::limited).orElse(List.of());
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

    @Override
    public PrefixOwner prefixOwner(String author) {
        var id = Access.keyOf(author);
        return prefixes.owner(keys.apply(id).flatMap(Access::teamName).orElse(null), id);
    }
}
