package org.dlora.store.users;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import org.dlora.security.users.ConsoleUser;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Table of the users. Each call is one transaction. */
@Service
@Transactional
class UserTables {
    private final EntityManager entities;

    UserTables(EntityManager entities) {
        this.entities = entities;
    }

    @Transactional(readOnly = true)
    List<ConsoleUser> read() {
        return entities.createQuery("select u from UserRow u", UserRow.class)
                .getResultStream()
                .map(UserRow::user)
                .toList();
    }

    void write(ConsoleUser user) {
        var known = entities.find(UserRow.class, user.name(), LockModeType.PESSIMISTIC_WRITE);
        var row = known == null ? new UserRow() : known;
        row.take(user);
        if (known == null) {
            entities.persist(row);
        }
    }

    void delete(String name) {
        entities.createQuery("delete from UserRow u where u.name = :name")
                .setParameter("name", name)
                .executeUpdate();
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
