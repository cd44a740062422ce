package org.dlora.store.keys;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Tuple;
import java.time.LocalDate;
import java.util.List;
import java.util.TreeMap;
import org.dlora.security.limits.UsageCount;
import org.dlora.security.limits.UsageStore.Row;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Table of used tokens. Each call is one transaction. */
@Service
@Transactional
class TokenUsageTables {
    /** Run that stands for all that have ended. */
    private static final String MERGED = "merged";

    /** Owner of the note that a run goes on; those of counts have a colon. */
    private static final String RUN = "run";

    private static final int MOST_RUNS = 1000;

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
                        from TokenUsageRow u
                        where u.id.dayAt >= :since and u.id.serverRun <> :run and u.id.owner <> :note
                        group by u.id.owner, u.id.dayAt\
                        """,
                        Tuple.class)
                .setParameter("since", since)
                .setParameter("run", run)
                .setParameter("note", RUN)
                .getResultStream()
                .map(sums ->
                        new Row(
                                sums.get(0, String.class),
                                sums.get(1, LocalDate.class),
                                new UsageCount(sums.get(2, Long.class), sums.get(3, Long.class))))
                .toList();
    }

    /** Notes that a run goes on. */
    void seen(String run, LocalDate day) {
        write(run, List.of(new Row(RUN, day, UsageCount.NONE)));
    }

    /** Returns runs that have written nothing since a day, but for the caller's own. */
    @Transactional(readOnly = true)
    List<String> ended(String own, LocalDate since) {
        return entities.createQuery(
                        """
                        select u.id.serverRun from TokenUsageRow u where u.id.serverRun not in (:own, :merged)
                        group by u.id.serverRun having max(u.id.dayAt) < :since\
                        """,
                        String.class)
                .setParameter("own", own)
                .setParameter("merged", MERGED)
                .setParameter("since", since)
                .setMaxResults(MOST_RUNS)
                .getResultList();
    }

    /** Returns the days of runs. */
    @Transactional(readOnly = true)
    List<LocalDate> days(List<String> runs) {
        return entities.createQuery(
                        "select distinct u.id.dayAt from TokenUsageRow u where u.id.serverRun in :runs",
                        LocalDate.class)
                .setParameter("runs", runs)
                .getResultList();
    }

    /**
     * Adds the counts of ended runs on a day to those of one run that stands for all of them.
     * Another server may do so at the same time: it waits, and then finds none.
     *
     * @return number of rows that were added to it and removed
     */
    int merge(List<String> runs, LocalDate day) {
        var rows =
                entities.createQuery(
                                """
                                select u from TokenUsageRow u where u.id.dayAt = :day and u.id.serverRun in :runs
                                order by u.id.owner, u.id.serverRun\
                                """,
                                TokenUsageRow.class)
                        .setParameter("day", day)
                        .setParameter("runs", runs)
                        .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                        .getResultList();
        var sums = new TreeMap<String, UsageCount>();
        for (var row : rows) {
            if (!row.id.owner().equals(RUN)) {
                sums.merge(
                        row.id.owner(), new UsageCount(row.requests, row.tokens), UsageCount::plus);
            }
            entities.remove(row);
        }
        sums.forEach((owner, count) -> add(new TokenUsageKey(owner, day, MERGED), count));
        return rows.size();
    }

    private void add(TokenUsageKey id, UsageCount count) {
        var sum = entities.find(TokenUsageRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (sum == null) {
            sum = new TokenUsageRow();
            sum.id = id;
            entities.persist(sum);
        }
        sum.requests += count.requests();
        sum.tokens += count.tokens();
    }

    void forget(LocalDate before) {
        entities.createQuery("delete from TokenUsageRow u where u.id.dayAt < :before")
                .setParameter("before", before)
                .executeUpdate();
    }
}
