package org.dlora.catalogue.history;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.dlora.cluster.facts.ShadowFacts;
import org.jspecify.annotations.Nullable;

/**
 * The history of the requests to one base model, and of the server's changes. Each method waits for
 * the database, and throws {@link org.dlora.cluster.facts.StoreUnavailableException} while that is
 * away. Thread-safe.
 */
public interface History {
    /** Lists ended requests, the newest first unless the filter says otherwise. */
    List<EndedRequest> requests(RequestFilter filter, Page page);

    /** Returns the newest request with the server's id {@code request}. */
    Optional<RequestRecord> request(String request);

    /** Returns the outcome of a request's shadow; empty if it had none. */
    default Optional<ShadowFacts> shadow(String request) {
        return Optional.empty();
    }

    /**
     * Lists sums by the hour, the newest first, and by name within an hour. Hours last longer than
     * the requests they sum.
     *
     * @param since begin of the first hour, null for the oldest
     * @param until begin of the hour after the last, null for the newest
     * @param limit rows at most
     */
    List<UsageHour> usage(
            UsageFilter filter, @Nullable Instant since, @Nullable Instant until, int limit);

    /**
     * Sums usage by hour or day, the newest first. There are as many rows as hours or days with
     * requests, however many names the sums are over.
     *
     * @param since begin of the first hour or day
     */
    List<TimedUsage> usageOver(UsageUnit unit, UsageFilter filter, Instant since);

    /**
     * Sums usage by a name, those of most tokens first.
     *
     * @param filter of the sums
     * @param unit {@code since} is the begin of one
     * @param limit names at most
     */
    List<NamedUsage> usageBy(
            UsageName name, UsageFilter filter, UsageUnit unit, Instant since, int limit);

    /**
     * Lists the versions that an adapter's requests got, the newest first.
     *
     * @param adapter name
     * @param since time from which on requests are listed
     * @param limit requests at most
     */
    List<VersionedRequest> versions(String adapter, Instant since, int limit);

    /**
     * Lists the times of an adapter's answered requests, the newest first.
     *
     * @param adapter name
     * @param since time from which on requests are listed
     * @param limit requests at most
     */
    List<RequestLatency> latencies(String adapter, Instant since, int limit);

    /**
     * Lists changes of the cluster, the newest first.
     *
     * @param kind null for all
     * @param adapter name, null for all
     */
    List<EventRecord> events(@Nullable String kind, @Nullable String adapter, Page page);

    /** Lists administrative actions, the newest first. */
    List<AuditRecord> audit(AuditFilter filter, Page page);
}
