package org.dlora.store.keys;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyStore.Content;
import org.dlora.security.Team;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Tables of keys and teams. Each call is one transaction. */
@Service
@Transactional
class KeyTables {
    private final EntityManager entities;

    KeyTables(EntityManager entities) {
        this.entities = entities;
    }

    @Transactional(readOnly = true)
    Content read() {
        return new Content(
                entities.createQuery("select k from ApiKeyRow k", ApiKeyRow.class)
                        .getResultStream()
                        .map(ApiKeyRow::key)
                        .toList(),
                entities.createQuery("select t from TeamRow t", TeamRow.class)
                        .getResultStream()
                        .map(TeamRow::team)
                        .toList());
    }

    void write(List<ApiKey> keys) {
        // One order for all servers, so that two never wait in a circle.
        keys.stream().sorted(Comparator.comparing(ApiKey::id)).forEach(this::write);
    }

    private void write(ApiKey key) {
        var known = entities.find(ApiKeyRow.class, key.id(), LockModeType.PESSIMISTIC_WRITE);
        var row = known == null ? new ApiKeyRow() : known;
        row.take(key);
        if (known == null) {
            entities.persist(row);
        }
    }

    void write(Team team) {
        entities.merge(TeamRow.of(team));
    }

    void deleteTeam(String name) {
        entities.createQuery("delete from TeamRow t where t.name = :name")
                .setParameter("name", name)
                .executeUpdate();
    }

    void used(Map<String, Instant> times) {
        times.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(use ->
                        entities.createQuery(
                                        """
                                        update ApiKeyRow k set k.lastUsedAt = :at
                                        where k.id = :id and (k.lastUsedAt is null or k.lastUsedAt < :at)\
                                        """)
                                .setParameter("at", use.getValue())
                                .setParameter("id", use.getKey())
                                .executeUpdate());
    }
}
