package org.dlora.cluster;

import java.util.Collection;
import org.awaitility.Awaitility;
import org.dlora.cluster.facts.RequestFacts;

/** Facts of requests, which an observer is told of after the clients. */
public final class ToldFacts {
    private ToldFacts() {}

    /** Waits for those of so many requests. */
    public static void await(Collection<RequestFacts> facts, int requests) {
        Awaitility.await().until(() -> facts.size() == requests);
    }

    /** Forgets those of so many requests once they are there. */
    public static void forget(Collection<RequestFacts> facts, int requests) {
        await(facts, requests);
        facts.clear();
    }
}
