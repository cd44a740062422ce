package org.dlora.store.keys;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import org.dlora.security.limits.SharedRates.Answer;
import org.dlora.security.limits.SharedRates.Claim;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Table of shared rates, by the database's clock. Each call is one transaction. */
@Service
@Transactional
class SharedRateTables {
    /** One order for all servers, so that two never wait in a circle. */
    private static final Comparator<Claim> ORDER =
            Comparator.comparing(Claim::name).thenComparing(Claim::kind);

    private final EntityManager entities;

    SharedRateTables(EntityManager entities) {
        this.entities = entities;
    }

    Answer take(List<Claim> claims) {
        var rows = rows(claims);
        boolean fits = true;
        for (int i = 0; i < rows.size(); i++) {
            fits &= rows.get(i).level >= claims.get(i).amount();
        }
        var remaining = new ArrayList<Long>();
        for (int i = 0; i < rows.size(); i++) {
            var row = rows.get(i);
            row.level -= fits ? claims.get(i).amount() : 0;
            remaining.add((long) Math.max(0, row.level));
        }
        return new Answer(fits, remaining);
    }

    void giveBack(List<Claim> claims) {
        var now = now();
        for (var claim : claims.stream().sorted(ORDER).toList()) {
            var row = find(claim);
            if (row != null) {
                row.fill(now);
                row.giveBack(claim.amount(), claim.limit());
            }
        }
    }

    /** Returns the locked rows of claims in their order, filled until now. */
    private List<SharedRateRow> rows(List<Claim> claims) {
        var now = now();
        var rows = new HashMap<Claim, SharedRateRow>();
        for (var claim : claims.stream().sorted(ORDER).toList()) {
            rows.put(claim, row(claim, now));
        }
        return claims.stream().map(claim -> rows.getOrDefault(claim, new SharedRateRow())).toList();
    }

    private SharedRateRow row(Claim claim, Instant now) {
        var row = find(claim);
        if (row == null) {
            row = SharedRateRow.full(key(claim), claim.limit(), now);
            entities.persist(row);
        }
        row.fill(now);
        row.limit(claim.limit());
        return row;
    }

    private @Nullable SharedRateRow find(Claim claim) {
        return entities.find(SharedRateRow.class, key(claim), LockModeType.PESSIMISTIC_WRITE);
    }

    private static SharedRateKey key(Claim claim) {
        return new SharedRateKey(claim.name(), claim.kind().label());
    }

    private Instant now() {
        var now =
                entities.createNativeQuery("select current_timestamp", OffsetDateTime.class)
                        .getSingleResult();
        return ((OffsetDateTime) now).toInstant();
    }
}
