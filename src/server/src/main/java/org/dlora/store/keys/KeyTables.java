package org.dlora.store.keys;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.dlora.security.ApiKey;
import org.dlora.security.KeyStore.Content;
import org.dlora.security.Team;
import org.dlora.store.AuditRows;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Tables of keys and teams. Each call is one transaction, or joins that of {@link #alone}. */
@Service
@Transactional
class KeyTables {
    private final EntityManager entities;
    private final AuditRows audit;

    KeyTables(EntityManager entities, AuditRows audit) {
        this.entities = entities;
        this.audit = audit;
    }

    /** Runs a change whose calls join this transaction. */
    <T> T alone(Supplier<T> change) {
        // First, so that changes of other servers wait for this one, or this one has waited.
        entities.createNativeQuery("update key_change set number = number + 1 where id = 1")
                .executeUpdate();
        var done = change.get();
        audit.writeCurrent();
        return done;
    }

    @Transactional(readOnly = true)
    Content read() {
        return new Content(
                entities.createQuery("select k from ApiKeyRow k", ApiKeyRow.class)
                        .getResultStream()
                        .map(row -> row.key)
                        .toList(),
                entities.createQuery("select t from TeamRow t", TeamRow.class)
                        .getResultStream()
                        .map(row -> row.team)
                        .toList());
    }

    void write(List<ApiKey> keys) {
        // One order for all servers, so that two never wait in a circle.
        keys.stream().sorted(Comparator.comparing(ApiKey::id)).forEach(this::write);
    }

    private void write(ApiKey key) {
        var known = entities.find(ApiKeyRow.class, key.id(), LockModeType.PESSIMISTIC_WRITE);
        if (known == null) {
            entities.persist(new ApiKeyRow(key));
        } else {
            known.replace(key);
        }
    }

    void deleteKeys(Set<String> ids) {
        entities.createQuery("delete from ApiKeyRow k where k.id in :ids")
                .setParameter("ids", ids)
                .executeUpdate();
    }

    void write(Team team) {
        entities.merge(new TeamRow(team));
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
                                        update ApiKeyRow k set k.key.lastUsed = :at
                                        where k.id = :id and (k.key.lastUsed is null or k.key.lastUsed < :at)\
                                        """)
                                .setParameter("at", use.getValue())
                                .setParameter("id", use.getKey())
                                .executeUpdate());
    }
}
