package org.dlora.console.overview;

import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Check that the server has answered no request yet, by its history. */
@Component
final class FirstUse {
    private static final RequestFilter ALL =
            new RequestFilter(null, null, null, null, null, null, null, null, null);

    private final ObjectProvider<History> histories;
    private volatile boolean isKnownUsed;

    /**
     * @param histories none or one
     */
    FirstUse(ObjectProvider<History> histories) {
        this.histories = histories;
    }

    /**
     * Returns whether the history is there and has no request. Waits for the database until there
     * is one.
     */
    boolean isFirst() {
        var history = histories.getIfAvailable();
        if (isKnownUsed || history == null) {
            return false;
        }
        try {
            boolean isFirst = history.requests(ALL, new Page(null, 1, null, null)).isEmpty();
            isKnownUsed = !isFirst;
            return isFirst;
        } catch (StoreUnavailableException _) {
            return false;
        }
    }
}
