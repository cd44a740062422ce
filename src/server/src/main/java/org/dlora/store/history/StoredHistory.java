package org.dlora.store.history;

import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.catalogue.history.NamedUsage;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestLatency;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageHour;
import org.dlora.catalogue.history.UsageName;
import org.dlora.catalogue.history.UsageUnit;
import org.dlora.catalogue.history.VersionedRequest;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.store.Database;
import org.dlora.store.DatabaseAudit;
import org.jspecify.annotations.Nullable;

/**
 * The history in the database. It observes requests and changes, and answers queries. Requests and
 * changes before {@link #serves} are not kept; actions of administrators are.
 */
public final class StoredHistory implements History, RequestObserver, AutoCloseable {
    private final Database database;
    private final HistorySettings settings;
    private final HistoryWriter writer;
    private final HistoryPurge purge;
    private final DatabaseAudit audit;
    private final HistoryKey keys;
    private final ClusterEvents events;
    private volatile @Nullable ServedBase base;
    private volatile Runnable unwatch = () -> {};

    /**
     * @param database closed after this
     * @param events changes to keep
     */
    public StoredHistory(
            Database database,
            HistorySettings settings,
            ClusterEvents events,
            InstantSource clock,
            MeterRegistry registry) {
        this.database = database;
        this.settings = settings;
        this.events = events;
        keys = new HistoryKey(clock, new SecureRandom());
        writer = new HistoryWriter(database, settings, registry);
        purge = new HistoryPurge(database, settings, clock);
        audit = new DatabaseAudit(database, clock, settings.queue());
        events.keep(audit::write, audit::later);
    }

    /** Keeps the history of requests to {@code served} from now on. To be called once. */
    @Override
    public void serves(ServedBase served) {
        base = served;
        if (settings.enabled()) {
            writer.start();
            purge.start();
        }
        unwatch = events.watch(this::changed);
    }

    @Override
    public boolean wantsText() {
        return settings.enabled() && settings.storeText();
    }

    @Override
    public void ended(RequestFacts facts) {
        var served = base;
        if (served != null && settings.enabled()) {
            long key = keys.next();
            writer.add(WaitingRow.of(facts, () -> RequestRows.of(key, facts, served, wantsText())));
        }
    }

    @Override
    public void shadowed(ShadowFacts facts) {
        var served = base;
        if (served != null && settings.enabled()) {
            writer.add(WaitingRow.of(new ShadowRow(keys.next(), facts, served.content())));
        }
    }

    @Override
    public Optional<ShadowFacts> shadow(String request) {
        return query(queries -> queries.shadow(content(), request));
    }

    private void changed(ClusterEvent event) {
        var served = base;
        boolean isKept = !(event instanceof ClusterEvent.AdminAction) && settings.enabled();
        if (served != null && isKept) {
            writer.add(WaitingRow.of(EventRows.of(keys.next(), event, served.content())));
        }
    }

    /** Removes rows that are too old or too many, as is done from time to time. */
    int forget() {
        return purge.forget();
    }

    @Override
    public List<EndedRequest> requests(RequestFilter filter, Page page) {
        return query(queries -> queries.requests(content(), filter, page));
    }

    @Override
    public Optional<RequestRecord> request(String request) {
        return query(queries -> queries.request(content(), request));
    }

    @Override
    public List<UsageHour> usage(
            UsageFilter filter, @Nullable Instant since, @Nullable Instant until, int limit) {
        return usage(queries -> queries.list(content(), filter, since, until, limit));
    }

    @Override
    public List<TimedUsage> usageOver(UsageUnit unit, UsageFilter filter, Instant since) {
        return usage(queries -> queries.over(content(), unit, filter, since));
    }

    @Override
    public List<NamedUsage> usageBy(
            UsageName name, UsageFilter filter, UsageUnit unit, Instant since, int limit) {
        return usage(queries -> queries.by(content(), name, filter, unit, since, limit));
    }

    @Override
    public List<VersionedRequest> versions(String adapter, Instant since, int limit) {
        return query(queries -> queries.versions(content(), adapter, since, limit));
    }

    @Override
    public List<RequestLatency> latencies(String adapter, Instant since, int limit) {
        return query(queries -> queries.latencies(content(), adapter, since, limit));
    }

    @Override
    public List<EventRecord> events(@Nullable String kind, @Nullable String adapter, Page page) {
        return query(queries -> queries.events(content(), kind, adapter, page));
    }

    @Override
    public List<AuditRecord> audit(AuditFilter filter, Page page) {
        return query(queries -> queries.audit(filter, page));
    }

    private <T> T query(Function<? super HistoryQueries, ? extends T> question) {
        return database.with(HistoryQueries.class, question);
    }

    private <T> T usage(Function<? super UsageQueries, ? extends T> question) {
        return database.with(UsageQueries.class, question);
    }

    private String content() {
        var served = base;
        if (served == null) {
            throw new StoreUnavailableException("The model is not ready");
        }
        return served.content();
    }

    /** Takes nothing more, and writes what waits, for some seconds at most. */
    @Override
    public void close() {
        unwatch.run();
        purge.close();
        audit.close();
        writer.close();
    }
}
