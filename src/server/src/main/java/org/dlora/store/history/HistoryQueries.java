package org.dlora.store.history;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.Order;
import jakarta.persistence.criteria.Path;
import jakarta.persistence.criteria.Predicate;
import jakarta.persistence.criteria.Root;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestLatency;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.history.SlowRequests;
import org.dlora.catalogue.history.VersionedRequest;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.store.AuditRow;
import org.dlora.store.StoredText;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Reader of the history's tables. Each list is a part of an index, in its order. */
@Service
@Transactional(readOnly = true)
class HistoryQueries {
    private static final String ENDED = "ended";

    /** The server's id of a request, in its row. */
    private static final String REQUEST = "ended.id";

    private static final String TTFT = "ttftMs";
    private static final String DURATION = "durationMs";

    private final EntityManager entities;

    HistoryQueries(EntityManager entities) {
        this.entities = entities;
    }

    List<EndedRequest> requests(String base, RequestFilter filter, Page page) {
        var equal = new LinkedHashMap<String, @Nullable String>();
        // Those that fewer rows have come first.
        equal.put(REQUEST, filter.request());
        equal.put("ended.clientId", filter.clientId());
        equal.put("ended.user", filter.user());
        equal.put("ended.apiKey", filter.apiKey());
        equal.put("ended.team", filter.team());
        equal.putAll(bands(filter, false));
        equal.put("ended.adapter", filter.adapter());
        equal.put("ended.model", filter.model());
        equal.put("ended.outcome", filter.outcome());
        equal.put("ended.status", filter.status());
        equal.putAll(bands(filter, true));
        if (!filter.slow().equals(SlowRequests.ANY)) {
            return slow(base, equal, filter.slow(), page);
        }
        var query = entities.getCriteriaBuilder().createQuery(EndedRequest.class);
        var root = query.from(RequestRow.class);
        return list(query.select(root.get(ENDED)), root, base, equal, 1, page);
    }

    /** Lists requests by how long they took, as a part of the index that has the time. */
    private List<EndedRequest> slow(
            String base, Map<String, @Nullable String> equal, SlowRequests slow, Page page) {
        var criteria = entities.getCriteriaBuilder();
        var query = criteria.createQuery(EndedRequest.class);
        var root = query.from(RequestRow.class);
        var ordered = column(slow.order());
        // By time the key says where the page begins, by another order its row does.
        var part =
                ordered == null ? page : new Page(null, page.limit(), page.since(), page.until());
        var all = new ArrayList<>(List.of(where(criteria, root, base, equal, part)));
        // A time of 0 at least, so that databases take the index that has the order.
        atLeast(criteria, root, TTFT, slow.leastTtft(), ordered).ifPresent(all::add);
        atLeast(criteria, root, DURATION, slow.leastDuration(), ordered).ifPresent(all::add);
        if (ordered != null && page.after() != null) {
            all.addAll(after(criteria, root, ordered, page.after()));
        }
        var order =
                ordered == null
                        ? order(criteria, root, equal, 1)
                        : Stream.of("base", ordered, "id")
                                .map(column -> criteria.desc(root.get(column)))
                                .toList();
        query.select(root.get(ENDED)).where(all.toArray(Predicate[]::new)).orderBy(order);
        return entities.createQuery(query).setMaxResults(page.limit()).getResultList();
    }

    private static @Nullable String column(RequestOrder order) {
        return switch (order) {
            case NEWEST -> null;
            case DURATION -> DURATION;
            case TTFT -> TTFT;
        };
    }

    private static Optional<Predicate> atLeast(
            CriteriaBuilder criteria,
            Root<RequestRow> root,
            String column,
            @Nullable Long least,
            @Nullable String ordered) {
        var value = least == null && column.equals(ordered) ? (Long) 0L : least;
        return Optional.ofNullable(value)
                .map(bound -> criteria.greaterThanOrEqualTo(root.<Long>get(column), bound));
    }

    /**
     * Returns the condition of the rows after a given one; no row meets the condition if that one
     * is gone.
     */
    private List<Predicate> after(
            CriteriaBuilder criteria, Root<RequestRow> root, String ordered, long key) {
        var last = entities.find(RequestRow.class, key);
        var value = last == null ? null : ordered.equals(TTFT) ? last.ttftMs : last.durationMs;
        if (value == null) {
            return List.of(criteria.disjunction());
        }
        var time = root.<Long>get(ordered);
        return List.of(
                criteria.lessThanOrEqualTo(time, value),
                criteria.or(
                        criteria.lessThan(time, value),
                        criteria.lessThan(root.<Long>get("id"), key)));
    }

    /**
     * Returns the columns of bands: of the quickest one, which most rows have, or of the others.
     */
    private static Map<String, @Nullable String> bands(RequestFilter filter, boolean quickest) {
        var bands = new LinkedHashMap<String, @Nullable DurationBand>();
        bands.put("ttftBand", filter.ttft());
        bands.put("durationBand", filter.duration());
        var columns = new LinkedHashMap<String, @Nullable String>();
        bands.forEach((column, band) -> {
            if (band != null && (band == DurationBand.UNDER_1S) == quickest) {
                columns.put(column, band.word());
            }
        });
        return columns;
    }

    Optional<RequestRecord> request(String base, String id) {
        var equal = new LinkedHashMap<String, @Nullable String>();
        equal.put(REQUEST, id);
        return list(RequestRow.class, base, equal, new Page(null, 1, null, null)).stream()
                .findFirst()
                .map(row -> row.toRecord(parameters(row)));
    }

    /** Returns the parameters that a row shares with others; null if they are its own. */
    private @Nullable ParametersRow parameters(RequestRow row) {
        return row.parametersHash == null
                ? null
                : entities.find(ParametersRow.class, row.parametersHash);
    }

    Optional<ShadowFacts> shadow(String base, String request) {
        var equal = new LinkedHashMap<String, @Nullable String>();
        equal.put("facts.request", request);
        return list(ShadowRow.class, base, equal, new Page(null, 1, null, null)).stream()
                .findFirst()
                .map(row -> row.facts);
    }

    List<EventRecord> events(
            String base, @Nullable String kind, @Nullable String adapter, Page page) {
        var equal = new LinkedHashMap<String, @Nullable String>();
        equal.put("event.kind", kind);
        equal.put("event.adapter", adapter);
        // An index has both.
        return list(EventRow.class, base, equal, 2, page).stream().map(row -> row.event).toList();
    }

    /** Lists the actions of all base models, and of none. */
    List<AuditRecord> audit(AuditFilter filter, Page page) {
        var equal = new LinkedHashMap<String, @Nullable String>();
        equal.put("action.subject", filter.subject());
        equal.put("action.action", filter.action());
        equal.put("action.actor", filter.actor());
        equal.put("apiKey", filter.apiKey());
        equal.put("team", filter.team());
        return list(AuditRow.class, AuditRow.ALL_MODELS, equal, page).stream()
                .map(AuditRow::action)
                .toList();
    }

    List<RequestLatency> latencies(String base, String adapter, Instant since, int limit) {
        return entities
                .createQuery(
                        """
                        select r.ended.arrived, r.ended.firstToken, r.ended.done, r.ended.outputTokens from RequestRow r
                        where r.base = :base and r.ended.adapter = :adapter and r.id >= :least
                          and r.ended.status = :answered and r.ended.firstToken is not null
                        order by r.base desc, r.ended.adapter desc, r.id desc\
                        """,
                        Tuple.class)
                .setParameter("base", base)
                .setParameter("adapter", StoredText.name(adapter))
                .setParameter("least", HistoryKey.least(since))
                .setParameter("answered", RequestRows.ANSWERED)
                .setMaxResults(limit)
                .getResultList()
                .stream()
                .map(row ->
                        new RequestLatency(
                                row.get(0, Instant.class),
                                row.get(1, Instant.class),
                                row.get(2, Instant.class),
                                row.get(3, Integer.class)))
                .toList();
    }

    List<VersionedRequest> versions(String base, String adapter, Instant since, int limit) {
        return entities
                .createQuery(
                        """
                        select r.id, r.ended.version from RequestRow r
                        where r.base = :base and r.ended.adapter = :adapter and r.id >= :least
                        order by r.base desc, r.ended.adapter desc, r.id desc\
                        """,
                        Tuple.class)
                .setParameter("base", base)
                .setParameter("adapter", StoredText.name(adapter))
                .setParameter("least", HistoryKey.least(since))
                .setMaxResults(limit)
                .getResultList()
                .stream()
                .map(row ->
                        new VersionedRequest(
                                HistoryKey.time(row.get(0, Long.class)), row.get(1, Integer.class)))
                .toList();
    }

    private <R> List<R> list(
            Class<R> table, String base, Map<String, @Nullable String> equal, Page page) {
        return list(table, base, equal, 1, page);
    }

    /**
     * @param indexed columns at most that an index has together, of the first that are given
     */
    private <R> List<R> list(
            Class<R> table,
            String base,
            Map<String, @Nullable String> equal,
            int indexed,
            Page page) {
        var query = entities.getCriteriaBuilder().createQuery(table);
        return list(query, query.from(table), base, equal, indexed, page);
    }

    private <R> List<R> list(
            CriteriaQuery<R> query,
            Root<?> root,
            String base,
            Map<String, @Nullable String> equal,
            int indexed,
            Page page) {
        var criteria = entities.getCriteriaBuilder();
        query.where(where(criteria, root, base, equal, page))
                .orderBy(order(criteria, root, equal, indexed));
        return entities.createQuery(query).setMaxResults(page.limit()).getResultList();
    }

    /**
     * Returns the order of the index that has the first columns that are given. Columns with one
     * value order nothing, yet by them H2 sees that the index has the order.
     */
    private static List<Order> order(
            CriteriaBuilder criteria,
            Root<?> root,
            Map<String, @Nullable String> equal,
            int indexed) {
        var columns = new ArrayList<String>();
        columns.add("base");
        equal.entrySet().stream()
                .filter(entry -> entry.getValue() != null)
                .map(Map.Entry::getKey)
                .limit(indexed)
                .forEach(columns::add);
        columns.add("id");
        return columns.stream().map(column -> criteria.desc(column(root, column))).toList();
    }

    /** Returns a column by its path, in which dots divide the names. */
    private static Path<?> column(Root<?> root, String path) {
        Path<?> column = root;
        for (var name : path.split("\\.", -1)) {
            column = column.get(name);
        }
        return column;
    }

    private static Predicate[] where(
            CriteriaBuilder criteria,
            Root<?> root,
            String base,
            Map<String, @Nullable String> equal,
            Page page) {
        var all = new ArrayList<Predicate>();
        all.add(criteria.equal(root.get("base"), base));
        equal.forEach((name, value) -> {
            if (value != null) {
                all.add(criteria.equal(column(root, name), StoredText.name(value)));
            }
        });
        if (page.after() != null) {
            all.add(criteria.lessThan(root.<Long>get("id"), page.after()));
        }
        if (page.since() != null) {
            all.add(
                    criteria.greaterThanOrEqualTo(
                            root.<Long>get("id"), HistoryKey.least(page.since())));
        }
        if (page.until() != null) {
            all.add(criteria.lessThan(root.<Long>get("id"), HistoryKey.least(page.until())));
        }
        return all.toArray(Predicate[]::new);
    }
}
