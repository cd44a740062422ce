package org.dlora.store.history;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dlora.catalogue.history.HistoryKey;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Table of parameters, each kept once while a request that is kept has them. */
@Service
@Transactional
class ParametersTables {
    /** Keys by which a row may be behind the newest request: not each batch changes it. */
    static final long HOUR = HistoryKey.span(Duration.ofHours(1));

    private final EntityManager entities;

    ParametersTables(EntityManager entities) {
        this.entities = entities;
    }

    /** Writes the parameters of requests where they are not there; all servers in one order. */
    void write(List<Row> rows) {
        var all = new TreeMap<String, ParametersRow>();
        for (var row : rows) {
            if (row instanceof RequestRow request && request.ownParameters != null) {
                all.merge(
                        request.ownParameters.hash,
                        request.ownParameters,
                        (one, other) -> one.lastId > other.lastId ? one : other);
            }
        }
        if (all.isEmpty()) {
            return;
        }
        var known = lastIds(all.keySet());
        for (var row : all.values()) {
            var last = known.get(row.hash);
            if (last != null && last >= row.lastId - HOUR) {
                continue;
            }
            int found =
                    entities.createQuery(
                                    "update ParametersRow p set p.lastId = :id where p.hash = :hash")
                            .setParameter("id", row.lastId)
                            .setParameter("hash", row.hash)
                            .executeUpdate();
            if (found == 0) {
                entities.persist(row);
                entities.flush();
            }
        }
    }

    private Map<String, Long> lastIds(Collection<String> hashes) {
        var ids = new HashMap<String, Long>();
        entities.createQuery(
                        "select p.hash, p.lastId from ParametersRow p where p.hash in :hashes",
                        Tuple.class)
                .setParameter("hashes", hashes)
                .getResultStream()
                .forEach(row -> ids.put(row.get(0, String.class), row.get(1, Long.class)));
        return ids;
    }

    /** Removes parameters that no request has; some at most. Returns their number. */
    int forget() {
        var first =
                entities.createQuery("select min(r.id) from RequestRow r", Long.class)
                        .getResultList()
                        .getFirst();
        if (first == null) {
            return 0;
        }
        var old =
                entities.createQuery(
                                "select p.hash from ParametersRow p where p.lastId < :least order by p.hash",
                                String.class)
                        .setParameter("least", first - HOUR)
                        .setMaxResults(HistoryTables.SLICE)
                        .getResultList();
        return old.isEmpty()
                ? 0
                : entities.createQuery(
                                "delete from ParametersRow p where p.hash in :hashes and p.lastId < :least")
                        .setParameter("hashes", old)
                        .setParameter("least", first - HOUR)
                        .executeUpdate();
    }
}
