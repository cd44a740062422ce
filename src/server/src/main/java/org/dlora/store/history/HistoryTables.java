package org.dlora.store.history;

import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.dlora.catalogue.history.UsageUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Writer of the history's tables. A batch is written whole or not at all. */
@Service
@Transactional
class HistoryTables {
    /** One order for all servers, so that two that add to the same sums never wait in a circle. */
    private static final Comparator<UsageKey> ORDER =
            Comparator.comparing(UsageKey::base)
                    .thenComparing(UsageKey::begin)
                    .thenComparing(UsageKey::adapter)
                    .thenComparing(UsageKey::apiKey)
                    .thenComparing(UsageKey::team);

    /** Rows that a transaction removes at most. */
    static final int SLICE = 1000;

    private final EntityManager entities;
    private final ParametersTables parameters;

    HistoryTables(EntityManager entities, ParametersTables parameters) {
        this.entities = entities;
        this.parameters = parameters;
    }

    /** Writes rows, adds requests to the sums of their hours and days, and returns how many. */
    int write(List<Row> rows) {
        parameters.write(rows);
        rows.forEach(entities::persist);
        for (var unit : UsageUnit.values()) {
            var sums = new TreeMap<UsageKey, UsageRow>(ORDER);
            for (var row : rows) {
                if (row instanceof RequestRow request) {
                    sums.computeIfAbsent(
                                    UsageRow.keyOf(request, unit), key -> UsageRow.of(key, unit))
                            .add(request);
                }
            }
            sums.values().forEach(sum -> add(sum, unit));
            // Else new hours would be locked after days, and two servers might wait in a circle.
            entities.flush();
        }
        return rows.size();
    }

    /**
     * Writes a row unless it is there: that of a batch that was written after all. Where its key
     * has a row of another server, which chose the same bits by chance, it gets the next free one.
     */
    int writeNew(Row row) {
        for (var there = find(row); there != null; there = find(row)) {
            if (there.isSame(row)) {
                return 0;
            }
            row.moveTo(row.key() + 1);
        }
        return write(List.of(row));
    }

    private @Nullable Row find(Row row) {
        return entities.find(row.getClass(), row.key());
    }

    private void add(UsageRow sum, UsageUnit unit) {
        int found =
                entities.createQuery(
                                """
                                update %s u set
                                  u.sums.requests = u.sums.requests + :requests,
                                  u.sums.failed = u.sums.failed + :failed,
                                  u.sums.promptTokens = u.sums.promptTokens + :promptTokens,
                                  u.sums.cachedTokens = u.sums.cachedTokens + :cachedTokens,
                                  u.sums.outputTokens = u.sums.outputTokens + :outputTokens
                                where u.id = :id\
                                """
                                        .formatted(UsageRow.entity(unit)))
                        .setParameter("requests", sum.sums.requests())
                        .setParameter("failed", sum.sums.failed())
                        .setParameter("promptTokens", sum.sums.promptTokens())
                        .setParameter("cachedTokens", sum.sums.cachedTokens())
                        .setParameter("outputTokens", sum.sums.outputTokens())
                        .setParameter("id", sum.id)
                        .executeUpdate();
        if (found == 0) {
            entities.persist(sum);
        }
    }

    /** Returns the key below which rows are beyond the newest {@code maxRows}. */
    @Transactional(readOnly = true)
    long keyBeyond(String table, long maxRows) {
        var first =
                entities.createQuery(
                                "select r.id from " + table + " r order by r.id desc", Long.class)
                        .setFirstResult((int) Math.min(maxRows, Integer.MAX_VALUE))
                        .setMaxResults(1)
                        .getResultList();
        return first.isEmpty() ? Long.MIN_VALUE : first.getFirst() + 1;
    }

    /**
     * Removes the oldest rows of a table with keys below {@code key}; {@value #SLICE} rows at most.
     * Returns their number.
     */
    int forgetSlice(String table, long key) {
        var oldest =
                entities.createQuery(
                                "select r.id from %s r where r.id < :key order by r.id"
                                        .formatted(table),
                                Long.class)
                        .setParameter("key", key)
                        .setMaxResults(SLICE)
                        .getResultList();
        if (!oldest.isEmpty()) {
            var _ =
                    entities.createQuery("delete from " + table + " r where r.id <= :key")
                            .setParameter("key", oldest.getLast())
                            .executeUpdate();
        }
        return oldest.size();
    }

    /** Shows actions that a server of an earlier version has written since the update of V15. */
    int showAllAudit() {
        return entities.createQuery("update AuditRow r set r.base = '' where r.base > ''")
                .executeUpdate();
    }

    /** Removes the sums of hours and days before {@code time}. */
    int forgetSums(Instant time) {
        int removed = 0;
        for (var unit : UsageUnit.values()) {
            removed +=
                    entities.createQuery(
                                    "delete from %s u where u.id.begin < :begin"
                                            .formatted(UsageRow.entity(unit)))
                            .setParameter("begin", time.truncatedTo(unit.length()))
                            .executeUpdate();
        }
        return removed;
    }
}
