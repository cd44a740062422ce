package org.dlora.api.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.History;
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
import org.dlora.cluster.facts.StoreUnavailableException;
import org.jspecify.annotations.Nullable;

/** A history of rows that a test names; it notes what it is asked, and can be away. */
public final class FakeHistory implements History {
    final List<RequestRecord> requests = new ArrayList<>();
    final List<UsageHour> usage = new ArrayList<>();
    final List<AuditRecord> audit = new ArrayList<>();
    final List<EventRecord> events = new ArrayList<>();
    volatile @Nullable RequestFilter filter;
    volatile @Nullable AuditFilter auditFilter;
    volatile @Nullable Page page;
    volatile List<@Nullable Object> asked = List.of();
    volatile boolean isAway;

    /** Runs on the thread of each question. */
    public volatile Runnable before = () -> {};

    private void come() {
        before.run();
        if (isAway) {
            throw new StoreUnavailableException("The database cannot be reached: it is off");
        }
    }

    @Override
    public List<EndedRequest> requests(RequestFilter asking, Page part) {
        come();
        filter = asking;
        page = part;
        return requests.stream().map(RequestRecord::ended).limit(part.limit()).toList();
    }

    @Override
    public Optional<RequestRecord> request(String id) {
        come();
        return requests.stream().filter(row -> row.ended().id().equals(id)).findFirst();
    }

    @Override
    public List<UsageHour> usage(
            UsageFilter asking, @Nullable Instant since, @Nullable Instant until, int limit) {
        come();
        var values = new ArrayList<@Nullable Object>();
        values.add(asking);
        values.add(since);
        values.add(until);
        values.add(limit);
        asked = values;
        return usage.stream().limit(limit).toList();
    }

    @Override
    public List<TimedUsage> usageOver(UsageUnit unit, UsageFilter asking, Instant since) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<NamedUsage> usageBy(
            UsageName name, UsageFilter asking, UsageUnit unit, Instant since, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<VersionedRequest> versions(String adapter, Instant since, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<RequestLatency> latencies(String adapter, Instant since, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<EventRecord> events(@Nullable String kind, @Nullable String adapter, Page part) {
        come();
        return events;
    }

    @Override
    public List<AuditRecord> audit(AuditFilter asking, Page part) {
        come();
        auditFilter = asking;
        page = part;
        return audit;
    }
}
