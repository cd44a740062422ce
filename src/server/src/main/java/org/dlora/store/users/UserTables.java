package org.dlora.store.users;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dlora.security.users.ConsoleUser;
import org.dlora.store.AuditRows;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;

/** Table of the users. Each call is one transaction. */
@Service
@Transactional
class UserTables {
    private final EntityManager entities;
    private final AuditRows audit;

    UserTables(EntityManager entities, AuditRows audit) {
        this.entities = entities;
        this.audit = audit;
    }

    @Transactional(readOnly = true)
    List<ConsoleUser> read() {
        return entities.createQuery("select u from UserRow u", UserRow.class)
                .getResultStream()
                .map(UserRow::user)
                .toList();
    }

    /** Writes what {@code change} returns, with all rows locked. */
    @Transactional(isolation = Isolation.SERIALIZABLE)
    ConsoleUser write(Function<List<ConsoleUser>, ConsoleUser> change) {
        var user = change.apply(locked());
        var known = entities.find(UserRow.class, user.name());
        var row = known == null ? new UserRow() : known;
        row.take(user);
        if (known == null) {
            entities.persist(row);
        }
        audit.writeCurrent();
        return user;
    }

    // Locks keep all other changes waiting, in one order, so that no two wait in a circle. They do
    // not keep new rows out, as that of the first user; the isolation does so on PostgreSQL, and H2
    // has one server only.
    private List<ConsoleUser> locked() {
        return entities.createQuery("select u from UserRow u order by u.name", UserRow.class)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultStream()
                .map(UserRow::user)
                .toList();
    }

    @Transactional(isolation = Isolation.SERIALIZABLE)
    void delete(String name, Consumer<List<ConsoleUser>> check) {
        check.accept(locked());
        entities.createQuery("delete from UserRow u where u.name = :name")
                .setParameter("name", name)
                .executeUpdate();
        audit.writeCurrent();
    }

    void signedIn(String name, Instant at) {
        entities.createQuery(
                        "update UserRow u set u.lastSignInAt = :at, u.failedTries = 0 where u.name = :name")
                .setParameter("at", at)
                .setParameter("name", name)
                .executeUpdate();
    }

    void failed(String name) {
        entities.createQuery(
                        "update UserRow u set u.failedTries = u.failedTries + 1 where u.name = :name")
                .setParameter("name", name)
                .executeUpdate();
    }
}
