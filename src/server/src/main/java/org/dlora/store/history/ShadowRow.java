package org.dlora.store.history;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Locale;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.store.StoredText;
import org.jspecify.annotations.Nullable;

/** The outcome of a shadow in table {@code request_shadow}. */
@Entity
@Table(name = "request_shadow")
final class ShadowRow implements Row {
    @Id long id;
    String base = "";
    String requestId = "";
    String adapter = "";
    String alias = "";
    int versionNumber;
    @Nullable String versionHash;
    String outcome = "";
    int clientTokens;
    int shadowTokens;
    int equalTokens;
    @Nullable Integer firstDifference;
    @Nullable Double logprobDifference;

    static ShadowRow of(long key, ShadowFacts facts, String base) {
        var row = new ShadowRow();
        row.id = key;
        row.base = base;
        row.requestId = StoredText.name(facts.request());
        row.adapter = StoredText.name(facts.adapter());
        row.alias = StoredText.name(facts.alias());
        row.versionNumber = facts.number();
        row.versionHash = facts.version();
        row.outcome = facts.outcome().word();
        row.clientTokens = facts.clientTokens();
        row.shadowTokens = facts.shadowTokens();
        row.equalTokens = facts.equalTokens();
        row.firstDifference = facts.firstDifference();
        row.logprobDifference = facts.logprobDifference();
        return row;
    }

    @Override
    public long key() {
        return id;
    }

    @Override
    public void moveTo(long key) {
        id = key;
    }

    @Override
    public boolean isSame(Row other) {
        return other instanceof ShadowRow row && requestId.equals(row.requestId);
    }

    ShadowFacts toFacts() {
        return new ShadowFacts(
                requestId,
                adapter,
                alias,
                versionNumber,
                versionHash,
                ShadowOutcome.valueOf(outcome.toUpperCase(Locale.ROOT)),
                clientTokens,
                shadowTokens,
                equalTokens,
                firstDifference,
                logprobDifference);
    }
}
