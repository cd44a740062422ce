package org.dlora.catalogue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.accounts.TokensRefusedException;
import org.dlora.replica.request.PrefixOwner;

/** Accounts that note who reserves tokens and what they use; they refuse all while closed. */
final class NotedAccounts implements TokenAccounts {
    final List<String> authors = new CopyOnWriteArrayList<>();
    final List<Work> works = new CopyOnWriteArrayList<>();
    final List<Long> reserved = new CopyOnWriteArrayList<>();
    final List<Long> used = new CopyOnWriteArrayList<>();
    volatile boolean isClosed;

    @Override
    public Reservation reserve(String author, Work work, long tokens) {
        authors.add(author);
        works.add(work);
        if (isClosed) {
            throw new TokensRefusedException("no tokens are left", new IllegalStateException());
        }
        reserved.add(tokens);
        return used::add;
    }

    @Override
    public PrefixOwner prefixOwner(String author) {
        return PrefixOwner.ofKey(author);
    }
}
