package org.dlora.store.history;

import jakarta.persistence.EmbeddedId;
import jakarta.persistence.MappedSuperclass;
import java.time.Instant;
import org.dlora.cluster.history.UsageRecord;
import org.dlora.cluster.history.UsageUnit;
import org.jspecify.annotations.Nullable;

/** Sums over the requests of an hour or a day. */
@MappedSuperclass
abstract sealed class UsageRow permits HourUsageRow, DayUsageRow {
    @EmbeddedId UsageKey id = new UsageKey("", Instant.EPOCH, "", "", "");
    long requests;
    long failed;
    long promptTokens;
    long cachedTokens;
    long outputTokens;

    /** Returns the key of the sums that a request counts for. */
    static UsageKey keyOf(RequestRow row, UsageUnit unit) {
        return new UsageKey(
                row.base,
                row.doneAt.truncatedTo(unit.length()),
                orEmpty(row.adapter),
                orEmpty(row.apiKey),
                orEmpty(row.team));
    }

    /** Returns the sums of {@code key} without a request. */
    static UsageRow of(UsageKey key, UsageUnit unit) {
        var row =
                switch (unit) {
                    case HOUR -> new HourUsageRow();
                    case DAY -> new DayUsageRow();
                };
        row.id = key;
        return row;
    }

    /** Returns the name of the entity that sums over a unit. */
    static String entity(UsageUnit unit) {
        return switch (unit) {
            case HOUR -> "HourUsageRow";
            case DAY -> "DayUsageRow";
        };
    }

    /** Adds what a request counts for: its call once, each computed prompt once, its answer. */
    void add(RequestRow row) {
        var part = row.part;
        if (part.beginsCall()) {
            requests++;
            failed += row.status.equals(RequestRows.ANSWERED) ? 0 : 1;
        }
        if (part.beginsPrompt() && row.isComputed()) {
            promptTokens += row.promptTokens;
            cachedTokens += row.cachedTokens;
        }
        outputTokens += part.hasAnswer() ? row.outputTokens : 0;
    }

    UsageRecord toRecord() {
        return new UsageRecord(
                id.begin(),
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
