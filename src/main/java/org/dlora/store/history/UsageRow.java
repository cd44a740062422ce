package org.dlora.store.history;

import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.dlora.cluster.history.UsageRecord;
import org.jspecify.annotations.Nullable;

/** Sums over the requests of an hour in table {@code usage_hour}. */
@Entity
@Table(name = "usage_hour")
final class UsageRow {
    @EmbeddedId UsageKey id = new UsageKey("", Instant.EPOCH, "", "", "");
    long requests;
    long failed;
    long promptTokens;
    long cachedTokens;
    long outputTokens;

    /** Returns the key of the sums that a request counts for. */
    static UsageKey keyOf(RequestRow row) {
        return new UsageKey(
                row.base,
                row.doneAt.truncatedTo(ChronoUnit.HOURS),
                orEmpty(row.adapter),
                orEmpty(row.apiKey),
                orEmpty(row.team));
    }

    /** Returns the sums of {@code key} without a request. */
    static UsageRow of(UsageKey key) {
        var row = new UsageRow();
        row.id = key;
        return row;
    }

    void add(RequestRow row) {
        requests++;
        failed += row.status.equals(RequestRows.ANSWERED) ? 0 : 1;
        promptTokens += row.promptTokens;
        cachedTokens += row.cachedTokens;
        outputTokens += row.outputTokens;
    }

    UsageRecord toRecord() {
        return new UsageRecord(
                id.hourAt(),
                orNull(id.adapter()),
                orNull(id.apiKey()),
                orNull(id.team()),
                requests,
                failed,
                promptTokens,
                cachedTokens,
                outputTokens);
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
