package org.dlora.store.keys;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.time.LocalDate;
import java.util.List;
import org.dlora.security.limits.UsageCount;
import org.dlora.security.limits.UsageStore.Row;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Table of used tokens. Each call is one transaction. */
@Service
@Transactional
class TokenUsageTables {
    private final EntityManager entities;

    TokenUsageTables(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * Writes counts of one run, in place of those that it has written before. A count never
     * shrinks, whatever the clock of the server does.
     */
    void write(String run, List<Row> rows) {
        for (var row : rows) {
            var id = new TokenUsageKey(row.owner(), row.day(), run);
            var kept = entities.find(TokenUsageRow.class, id);
            if (kept == null) {
                kept = new TokenUsageRow();
                kept.id = id;
                entities.persist(kept);
            }
            kept.requests = Math.max(kept.requests, row.count().requests());
            kept.tokens = Math.max(kept.tokens, row.count().tokens());
        }
    }

    /** Returns the sums of all other runs by owner and day. */
    @Transactional(readOnly = true)
    List<Row> read(String run, LocalDate since) {
        return entities.createQuery(
                        """
                        select u.id.owner, u.id.dayAt, sum(u.requests), sum(u.tokens)
                        from TokenUsageRow u where u.id.dayAt >= :since and u.id.serverRun <> :run
                        group by u.id.owner, u.id.dayAt\
                        """,
                        Tuple.class)
                .setParameter("since", since)
                .setParameter("run", run)
                .getResultStream()
                .map(sums ->
                        new Row(
                                sums.get(0, String.class),
                                sums.get(1, LocalDate.class),
                                new UsageCount(sums.get(2, Long.class), sums.get(3, Long.class))))
                .toList();
    }

    void forget(LocalDate before) {
        entities.createQuery("delete from TokenUsageRow u where u.id.dayAt < :before")
                .setParameter("before", before)
                .executeUpdate();
    }
}
